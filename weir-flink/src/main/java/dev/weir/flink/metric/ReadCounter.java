package dev.weir.flink.metric;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;

/** A counter of what is counted elsewhere, as far as it was seen to have come. Thread-safe. */
final class ReadCounter implements Counter {
    private volatile LongSupplier counted;
    private final LongAccumulator most = new LongAccumulator(Math::max, 0);

    ReadCounter(LongSupplier counted) {
        this.counted = counted;
    }

    /** Reads for the last time, and lets go of what counts: a registry may know the counter for a while yet. */
    void close() {
        getCount();
        counted = () -> 0;
    }

    @Override
    public long getCount() {
        most.accumulate(counted.getAsLong());
        return most.get();
    }

    @Override
    public void inc() {
        inc(1);
    }

    @Override
    public void inc(long by) {
        throw new UnsupportedOperationException("it is counted elsewhere");
    }

    @Override
    public void dec() {
        inc(-1);
    }

    @Override
    public void dec(long by) {
        inc(-by);
    }
}
