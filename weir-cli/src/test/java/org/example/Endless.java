package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Runs until it is stopped; says when it does. */
public final class Endless {
    private Endless() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSequence(0, Long.MAX_VALUE)
                .map(number -> {
                    if (number == 0) {
                        System.out.println("running");
                    }
                    return number;
                })
                .sinkTo(new DiscardingSink<>());
        env.execute("endless");
    }
}
