package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Returns while its jobs run. */
public final class LeavesJobsBehind {
    private LeavesJobsBehind() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromData(1, 2, 3).print();
        env.executeAsync("first");
        env.fromData(4, 5, 6).print();
        env.executeAsync("second");
    }
}
