package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Finishes. */
public final class Doubles {
    private Doubles() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromData(1, 2, 3).map(number -> number * 2).print();
        env.execute("doubles");
    }
}
