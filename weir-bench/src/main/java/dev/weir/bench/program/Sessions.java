package dev.weir.bench.program;

import dev.weir.bench.input.Click;
import dev.weir.bench.input.Stream;
import java.time.Duration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;

/** Sum and number of a user's clicks until half a second has passed without one. */
public final class Sessions implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                env.fromSequence(0, input.records() - 1)
                        .map(new Clicks(input))
                        .assignTimestampsAndWatermarks(Events.watermarks(click -> click.time))
                        .keyBy(click -> click.user)
                        .window(EventTimeSessionWindows.withGap(Duration.ofMillis(499)))
                        .aggregate(new Worth()),
                new Checks.Triple());
    }

    private static final class Clicks extends Meter<Long, Click> {
        private final Stream input;

        Clicks(Stream input) {
            this.input = input;
        }

        @Override
        protected Click make(Long i) {
            return Click.at(input, i);
        }
    }

    private static final class Worth extends SumAndCount<Click> {
        @Override
        long key(Click click) {
            return click.user;
        }

        @Override
        long value(Click click) {
            return click.amount;
        }
    }
}
