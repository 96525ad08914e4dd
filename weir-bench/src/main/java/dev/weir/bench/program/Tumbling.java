package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import java.time.Duration;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/** Sum and number of the values of each key in each second. */
public final class Tumbling implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                Events.all(env, input)
                        .keyBy(event -> event.f0)
                        .window(TumblingEventTimeWindows.of(Duration.ofSeconds(1)))
                        .aggregate(new SumAndCount()),
                new Checks.Triple());
    }

    /** The key, the sum and the number of values. */
    static final class SumAndCount
            implements AggregateFunction<Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>> {
        @Override
        public Tuple3<Long, Long, Long> createAccumulator() {
            return Tuple3.of(0L, 0L, 0L);
        }

        @Override
        public Tuple3<Long, Long, Long> add(Tuple3<Long, Long, Long> event, Tuple3<Long, Long, Long> sums) {
            sums.f0 = event.f0;
            sums.f1 += event.f2;
            sums.f2 += 1;
            return sums;
        }

        @Override
        public Tuple3<Long, Long, Long> getResult(Tuple3<Long, Long, Long> sums) {
            return sums;
        }

        @Override
        public Tuple3<Long, Long, Long> merge(Tuple3<Long, Long, Long> a, Tuple3<Long, Long, Long> b) {
            return Tuple3.of(a.f2 == 0 ? b.f0 : a.f0, a.f1 + b.f1, a.f2 + b.f2);
        }
    }
}
