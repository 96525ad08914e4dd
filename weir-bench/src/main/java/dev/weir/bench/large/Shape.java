package dev.weir.bench.large;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;

/** What a job does with the state of a key for each record, and about how many bytes a key's state has in RocksDB. */
enum Shape {
    /** A number that is added to. */
    COUNT(40) {
        @Override
        DataStream<?> define(KeyedStream<Tuple2<Long, Long>, Long> updates, long filled) {
            return updates.sum(1);
        }
    },

    /** A POJO of 120 bytes that is read, changed and written. */
    PROFILE(150) {
        @Override
        DataStream<?> define(KeyedStream<Tuple2<Long, Long>, Long> updates, long filled) {
            return updates.process(new Functions.Profiles(filled));
        }
    },

    /** A list that is appended to, and read and cleared with each 32nd record, by chance. */
    LIST(400) {
        @Override
        DataStream<?> define(KeyedStream<Tuple2<Long, Long>, Long> updates, long filled) {
            return updates.process(new Functions.Lists());
        }
    },

    /** A map of sixteen entries, of which one is read and written. */
    MAP(600) {
        @Override
        DataStream<?> define(KeyedStream<Tuple2<Long, Long>, Long> updates, long filled) {
            return updates.process(new Functions.Maps(filled));
        }
    },

    /** Sliding windows, a sum in five at a time; a key has about one record in each slide. */
    SLIDING(200) {
        @Override
        DataStream<?> define(KeyedStream<Tuple2<Long, Long>, Long> updates, long filled) {
            return updates.window(SlidingEventTimeWindows.of(
                            Duration.ofMillis(5 * SLIDE_MILLIS), Duration.ofMillis(SLIDE_MILLIS)))
                    .aggregate(new Sum());
        }
    },

    /** A timer that is deleted and set anew. */
    TIMERS(70) {
        @Override
        DataStream<?> define(KeyedStream<Tuple2<Long, Long>, Long> updates, long filled) {
            return updates.process(new Functions.Timers(5 * SLIDE_MILLIS, filled));
        }
    };

    private static final long SLIDE_MILLIS = 2000;

    private final int bytes;

    Shape(int bytes) {
        this.bytes = bytes;
    }

    /** How many keys have that much state. */
    int keys(double megabytes) {
        return Math.toIntExact(Math.round(megabytes * 1_000_000 / bytes));
    }

    /** @param filled the first number of a record, of each subtask, that is not the first of its key */
    abstract DataStream<?> define(KeyedStream<Tuple2<Long, Long>, Long> updates, long filled);

    /** Event time is so fast that as many records as there are keys come in one slide. */
    static WatermarkStrategy<Tuple2<Long, Long>> times(int keys, int subtasks) {
        return WatermarkStrategy.<Tuple2<Long, Long>>forMonotonousTimestamps().withTimestampAssigner((update, before) ->
                (long) (update.f1 * (double) (SLIDE_MILLIS * subtasks) / keys));
    }

    private static final class Sum implements AggregateFunction<Tuple2<Long, Long>, Tuple2<Long, Long>, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public Tuple2<Long, Long> createAccumulator() {
            return Tuple2.of(0L, 0L);
        }

        @Override
        public Tuple2<Long, Long> add(Tuple2<Long, Long> update, Tuple2<Long, Long> sum) {
            sum.f0 += update.f1;
            sum.f1 += 1;
            return sum;
        }

        @Override
        public Long getResult(Tuple2<Long, Long> sum) {
            return sum.f0;
        }

        @Override
        public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) {
            return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1);
        }
    }
}
