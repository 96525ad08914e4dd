package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import java.time.Duration;
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
                        .aggregate(new SumAndCount.OfEvents()),
                new Checks.Triple());
    }
}
