package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Prints what it gets of its job, by which it knows whether it was waited for. */
public final class TellsResult {
    private TellsResult() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromData(1).sinkTo(new DiscardingSink<>());
        System.out.println(env.execute().getClass().getSimpleName());
    }
}
