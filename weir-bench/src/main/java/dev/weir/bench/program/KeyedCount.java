package dev.weir.bench.program;

import dev.weir.bench.input.Stream;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Counts records by key and emits each new count. */
public final class KeyedCount implements Program {
    private final boolean skewed;

    /** Over even keys, or over some that are far more frequent than others. */
    public KeyedCount(boolean skewed) {
        this.skewed = skewed;
    }

    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                env.fromSequence(0, input.records() - 1)
                        .map(skewed ? new SkewedOnes(input) : new Ones(input))
                        .keyBy(one -> one.f0)
                        .sum(1),
                new Checks.Pair());
    }

    private static final class Ones extends Meter<Long, Tuple2<Long, Long>> {
        private final Stream input;

        Ones(Stream input) {
            this.input = input;
        }

        @Override
        protected Tuple2<Long, Long> make(Long i) {
            return Tuple2.of(input.key(i), 1L);
        }
    }

    private static final class SkewedOnes extends Meter<Long, Tuple2<Long, Long>> {
        private final Stream input;

        SkewedOnes(Stream input) {
            this.input = input;
        }

        @Override
        protected Tuple2<Long, Long> make(Long i) {
            return Tuple2.of(input.skewedKey(i), 1L);
        }
    }
}
