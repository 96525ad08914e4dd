package org.example;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** A small job with types, keys and state of its own. */
public final class Sums {
    private Sums() {}

    /** What goes through it. */
    public static class Reading {
        public int sensor;
        public long value;

        public Reading() {}

        Reading(int sensor, long value) {
            this.sensor = sensor;
            this.value = value;
        }
    }

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(2);
        env.fromSequence(1, Long.parseLong(args[0]))
                .map(number -> new Reading((int) (number % 7), number))
                .returns(Reading.class)
                .keyBy(reading -> reading.sensor)
                .reduce((left, right) -> new Reading(left.sensor, left.value + right.value))
                .map(reading -> Tuple2.of(reading.sensor, reading.value))
                .returns(Types.TUPLE(Types.INT, Types.LONG))
                .sinkTo(new DiscardingSink<>());
        env.execute("sums");
    }
}
