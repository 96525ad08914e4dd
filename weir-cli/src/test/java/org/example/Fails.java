package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Its job fails on a record. */
public final class Fails {
    private Fails() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromData(1, 2, 3)
                .map(number -> {
                    if (number == 3) {
                        throw new IllegalStateException("no place for " + number);
                    }
                    return number;
                })
                .name("fussy")
                .print();
        env.execute("failing");
    }
}
