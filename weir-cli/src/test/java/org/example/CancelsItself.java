package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Ends its endless job itself. */
public final class CancelsItself {
    private CancelsItself() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSequence(0, Long.MAX_VALUE).sinkTo(new DiscardingSink<>());
        env.executeAsync("endless").cancel().get();
    }
}
