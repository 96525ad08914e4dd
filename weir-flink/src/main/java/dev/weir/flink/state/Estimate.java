package dev.weir.flink.state;

import java.util.function.LongSupplier;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/** How many entries a subtask's state has at the moment, or how many bytes those take, by estimate. Read by any thread. */
public final class Estimate implements Gauge<Long> {
    private final String state;
    private final boolean ofEntries;
    private final LongSupplier value;

    private Estimate(String state, boolean ofEntries, LongSupplier value) {
        this.state = state;
        this.ofEntries = ofEntries;
        this.value = value;
    }

    /** Registers both for a state, below its operator's group. */
    static void register(MetricGroup group, String state, LongSupplier entries, LongSupplier bytes) {
        MetricGroup ofState = group.addGroup(state);
        ofState.gauge("estimatedEntries", new Estimate(state, true, entries));
        ofState.gauge("estimatedBytes", new Estimate(state, false, bytes));
    }

    /** Name of the state. */
    public String state() {
        return state;
    }

    /** Whether it is the number of entries; else it is how many bytes they take. */
    public boolean isOfEntries() {
        return ofEntries;
    }

    @Override
    public Long getValue() {
        return value.getAsLong();
    }
}
