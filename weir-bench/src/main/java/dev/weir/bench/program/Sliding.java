package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import java.time.Duration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;

/** Sum and number of the values of each key in ten seconds, each two seconds. */
public final class Sliding implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                Events.all(env, input)
                        .keyBy(event -> event.f0)
                        .window(SlidingEventTimeWindows.of(Duration.ofSeconds(10), Duration.ofSeconds(2)))
                        .aggregate(new SumAndCount.OfEvents()),
                new Checks.Triple());
    }
}
