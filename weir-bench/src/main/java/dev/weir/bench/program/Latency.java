package dev.weir.bench.program;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Pace;
import dev.weir.bench.input.Stream;
import dev.weir.bench.measure.Latencies;
import java.time.Duration;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Counts by key and ten milliseconds of a stream that comes at a fixed rate, and how long after the record that closes a
 * window was due its results are there. Records are due in event time, so that is the end of the window.
 */
public final class Latency implements Program {
    private final Pace pace;

    /** At a pace. */
    public Latency(Pace pace) {
        this.pace = pace;
    }

    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        env.setBufferTimeout(1); // what a user sets who minds milliseconds; the default is 100
        Check.end(
                env.fromSource(
                                new PacedSequence(0, input.records() - 1, pace),
                                WatermarkStrategy.noWatermarks(),
                                "paced")
                        .map(new Paced(input, pace))
                        .assignTimestampsAndWatermarks(Events.watermarks(event -> event.f1, 1))
                        .keyBy(event -> event.f0)
                        .window(TumblingEventTimeWindows.of(Duration.ofMillis(Pace.WINDOW_MILLIS)))
                        .aggregate(new SumAndCount.OfEvents(), new WithEnd()),
                new LatencyCheck(input, pace));
    }

    private static final class Paced extends Meter<Long, Tuple3<Long, Long, Long>> {
        private final Stream input;
        private final Pace pace;

        Paced(Stream input, Pace pace) {
            this.input = input;
            this.pace = pace;
        }

        @Override
        protected Tuple3<Long, Long, Long> make(Long i) {
            return Tuple3.of(input.key(i), pace.time(input.position(i)), 0L);
        }
    }

    /** Key, end of the window, count. */
    private static final class WithEnd
            extends ProcessWindowFunction<Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>, Long, TimeWindow> {
        @Override
        public void process(
                Long key,
                Context context,
                Iterable<Tuple3<Long, Long, Long>> sums,
                Collector<Tuple3<Long, Long, Long>> out) {
            out.collect(
                    Tuple3.of(key, context.window().getEnd(), sums.iterator().next().f2));
        }
    }

    private static final class LatencyCheck extends Check<Tuple3<Long, Long, Long>> {
        private final Stream input;
        private final Pace pace;
        private transient @Nullable Histogram nanos;
        private transient long startNanos;

        LatencyCheck(Stream input, Pace pace) {
            this.input = input;
            this.pace = pace;
        }

        @Override
        public void open(OpenContext context) {
            super.open(context);
            nanos = Latencies.histogram();
        }

        @Override
        protected long hash(Tuple3<Long, Long, Long> result) {
            if (pace.counts(result.f1, input)) {
                if (startNanos == 0) {
                    startNanos = Latencies.ofRun().startNanos();
                }
                Objects.requireNonNull(nanos)
                        .recordValue(Math.max(0, System.nanoTime() - startNanos - Pace.closedNanos(result.f1)));
            }
            return Hash.of(result.f0, result.f1, result.f2);
        }

        @Override
        public void close() {
            super.close();
            if (nanos != null) {
                Latencies.ofRun().add(nanos);
            }
        }
    }
}
