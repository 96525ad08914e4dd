package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import java.time.Duration;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/** Latest time and sum of the values of each key in ten seconds, by a reduce function. */
public final class TumblingReduce implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                Events.all(env, input)
                        .keyBy(event -> event.f0)
                        .window(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
                        .reduce((a, b) -> Tuple3.of(a.f0, Math.max(a.f1, b.f1), a.f2 + b.f2)),
                new Checks.Triple());
    }
}
