package dev.weir.bench.program;

import dev.weir.bench.input.Hash;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;

/** Checks of the records that several programs end with. */
final class Checks {
    private Checks() {}

    /** Of two numbers. */
    static final class Pair extends Check<Tuple2<Long, Long>> {
        @Override
        protected long hash(Tuple2<Long, Long> result) {
            return Hash.of(result.f0, result.f1);
        }
    }

    /** Of three numbers. */
    static final class Triple extends Check<Tuple3<Long, Long, Long>> {
        @Override
        protected long hash(Tuple3<Long, Long, Long> result) {
            return Hash.of(result.f0, result.f1, result.f2);
        }
    }
}
