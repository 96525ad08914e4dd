package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Events for the jobs in event time: (key, timestamp, value). */
final class Events extends Meter<Long, Tuple3<Long, Long, Long>> {
    private final Stream input;

    private Events(Stream input) {
        this.input = input;
    }

    @Override
    protected Tuple3<Long, Long, Long> make(Long i) {
        return Tuple3.of(input.key(i), input.time(i), input.value(i));
    }

    /** All of an input, with timestamps and watermarks. */
    static DataStream<Tuple3<Long, Long, Long>> all(StreamExecutionEnvironment env, Stream input) {
        return range(env, input, 0, input.records());
    }

    /** A part of an input. */
    static DataStream<Tuple3<Long, Long, Long>> range(
            StreamExecutionEnvironment env, Stream input, long from, long end) {
        return env.fromSequence(from, end - 1)
                .map(new Events(input))
                .assignTimestampsAndWatermarks(watermarks(event -> event.f1));
    }

    /**
     * Watermarks for ascending timestamps that depend on event time alone, one every 100 ms of it. Periodic ones would come
     * every 200 ms of the wall clock, so the faster an engine is, the more windows it would have to keep open.
     */
    static <T> WatermarkStrategy<T> watermarks(Timestamp<T> timestamp) {
        return watermarks(timestamp, Stream.TICK_MILLIS);
    }

    /** The same with another distance. */
    static <T> WatermarkStrategy<T> watermarks(Timestamp<T> timestamp, long tickMillis) {
        return WatermarkStrategy.<T>forGenerator(context -> new Ticks<>(tickMillis))
                .withTimestampAssigner((event, recordTimestamp) -> timestamp.of(event));
    }

    /** The last millisecond of the second that a time is in. */
    static long lastOfSecond(long time) {
        return time - time % 1_000 + 999;
    }

    /** Where an event has its time. */
    @FunctionalInterface
    interface Timestamp<T> extends java.io.Serializable {
        long of(T event);
    }

    private static final class Ticks<T> implements WatermarkGenerator<T> {
        private final long tickMillis;
        private long next;

        Ticks(long tickMillis) {
            this.tickMillis = tickMillis;
            next = tickMillis;
        }

        @Override
        public void onEvent(T event, long timestamp, WatermarkOutput output) {
            if (timestamp >= next) {
                output.emitWatermark(new Watermark(timestamp - 1));
                next = timestamp - timestamp % tickMillis + tickMillis;
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            // all are emitted with events
        }
    }
}
