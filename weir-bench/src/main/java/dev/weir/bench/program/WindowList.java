package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import java.time.Duration;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** Keeps the events of each key and second, and looks at all of them at its end: least and greatest value. */
public final class WindowList implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                Events.all(env, input)
                        .keyBy(event -> event.f0)
                        .window(TumblingEventTimeWindows.of(Duration.ofSeconds(1)))
                        .process(new Range()),
                new Checks.Triple());
    }

    private static final class Range
            extends ProcessWindowFunction<Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>, Long, TimeWindow> {
        @Override
        public void process(
                Long key,
                Context context,
                Iterable<Tuple3<Long, Long, Long>> events,
                Collector<Tuple3<Long, Long, Long>> out) {
            long least = Long.MAX_VALUE;
            long greatest = Long.MIN_VALUE;
            for (Tuple3<Long, Long, Long> event : events) {
                least = Math.min(least, event.f2);
                greatest = Math.max(greatest, event.f2);
            }
            out.collect(Tuple3.of(key, context.window().maxTimestamp(), greatest - least));
        }
    }
}
