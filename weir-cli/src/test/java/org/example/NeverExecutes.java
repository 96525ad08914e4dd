package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Builds a job and forgets to execute it. */
public final class NeverExecutes {
    private NeverExecutes() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromData(1, 2, 3).print();
    }
}
