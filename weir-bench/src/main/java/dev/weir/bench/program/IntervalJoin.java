package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import java.time.Duration;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.util.Collector;

/** Pairs of events of two streams with one key and at most half a second between them; the input's first half is the left stream. */
public final class IntervalJoin implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        long half = input.records() / 2;
        Check.end(
                Events.range(env, input, 0, half)
                        .keyBy(event -> event.f0)
                        .intervalJoin(
                                Events.range(env, input, half, input.records()).keyBy(event -> event.f0))
                        .between(Duration.ofMillis(-500), Duration.ofMillis(500))
                        .process(new Pair()),
                new Checks.Triple());
    }

    private static final class Pair
            extends ProcessJoinFunction<Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>> {
        @Override
        public void processElement(
                Tuple3<Long, Long, Long> left,
                Tuple3<Long, Long, Long> right,
                Context context,
                Collector<Tuple3<Long, Long, Long>> out) {
            out.collect(Tuple3.of(left.f0, left.f2, right.f2));
        }
    }
}
