package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Asks for more parallelism than it has key groups. */
public final class AboveMaxParallelism {
    private AboveMaxParallelism() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setMaxParallelism(2);
        env.fromSequence(1, 10)
                .keyBy(number -> number % 3)
                .sum(0)
                .setParallelism(3)
                .print();
        env.execute("too wide");
    }
}
