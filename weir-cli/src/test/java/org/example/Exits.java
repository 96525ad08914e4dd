package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** A program that ends its process, as some do that do not like their arguments. */
public final class Exits {
    private Exits() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSequence(0, Long.MAX_VALUE)
                .map(number -> {
                    if (number == 0) {
                        System.exit(5);
                    }
                    return number;
                })
                .sinkTo(new DiscardingSink<>());
        env.execute("exits");
    }
}
