package dev.weir.it.programs;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/** A POJO: a value read for a key at an event time. */
public class Reading implements Serializable {
    private static final long serialVersionUID = 1L;

    public String key = "";
    public long time;
    public int value;

    public Reading() {}

    public Reading(String key, long time, int value) {
        this.key = key;
        this.time = time;
        this.value = value;
    }

    public String getKey() {
        return key;
    }

    /** {@code n} readings over so many keys, ten milliseconds apart. */
    static List<Reading> list(int n, int keys) {
        List<Reading> readings = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            readings.add(new Reading("k" + (i % keys), i * 10L, i * 7 % 13));
        }
        return readings;
    }

    /** One subtask emits them in the order given; a watermark follows each, so that what is late does not depend on speed. */
    static DataStream<Reading> stream(StreamExecutionEnvironment env, List<Reading> readings) {
        return env.fromData(readings).assignTimestampsAndWatermarks(punctuated(0));
    }

    static DataStream<Reading> stream(StreamExecutionEnvironment env, Reading... readings) {
        return stream(env, List.of(readings));
    }

    /** A watermark after each element, {@code delayMillis} behind the largest time seen. */
    static WatermarkStrategy<Reading> punctuated(long delayMillis) {
        return WatermarkStrategy.<Reading>forGenerator(context -> new Punctuated(delayMillis))
                .withTimestampAssigner((reading, previous) -> reading.time);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Reading that && key.equals(that.key) && time == that.time && value == that.value;
    }

    @Override
    public int hashCode() {
        return Objects.hash(key, time, value);
    }

    @Override
    public String toString() {
        return key + "@" + time + "=" + value;
    }

    private static final class Punctuated implements WatermarkGenerator<Reading> {
        private final long delayMillis;
        private long largest = Long.MIN_VALUE;

        private Punctuated(long delayMillis) {
            this.delayMillis = delayMillis;
        }

        @Override
        public void onEvent(Reading event, long timestamp, WatermarkOutput output) {
            if (timestamp > largest) {
                largest = timestamp;
                output.emitWatermark(new Watermark(largest - delayMillis));
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
    }
}
