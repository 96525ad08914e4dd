package dev.weir.bench.program;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.java.tuple.Tuple3;

/** The key, the sum and the number of values. */
abstract class SumAndCount<T> implements AggregateFunction<T, Tuple3<Long, Long, Long>, Tuple3<Long, Long, Long>> {
    abstract long key(T event);

    abstract long value(T event);

    @Override
    public final Tuple3<Long, Long, Long> createAccumulator() {
        return Tuple3.of(0L, 0L, 0L);
    }

    @Override
    public final Tuple3<Long, Long, Long> add(T event, Tuple3<Long, Long, Long> sums) {
        sums.f0 = key(event);
        sums.f1 += value(event);
        sums.f2 += 1;
        return sums;
    }

    @Override
    public final Tuple3<Long, Long, Long> getResult(Tuple3<Long, Long, Long> sums) {
        return sums;
    }

    @Override
    public final Tuple3<Long, Long, Long> merge(Tuple3<Long, Long, Long> a, Tuple3<Long, Long, Long> b) {
        return Tuple3.of(a.f2 == 0 ? b.f0 : a.f0, a.f1 + b.f1, a.f2 + b.f2);
    }

    /** Of {@link Events}. */
    static final class OfEvents extends SumAndCount<Tuple3<Long, Long, Long>> {
        @Override
        long key(Tuple3<Long, Long, Long> event) {
            return event.f0;
        }

        @Override
        long value(Tuple3<Long, Long, Long> event) {
            return event.f2;
        }
    }
}
