package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Asks for no parallelism at all. */
public final class ZeroParallelism {
    private ZeroParallelism() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromData(1, 2, 3).map(number -> number).setParallelism(0).print();
        env.execute("nowhere");
    }
}
