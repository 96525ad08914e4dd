package dev.weir.flink.state;

import java.util.function.LongSupplier;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * How large a subtask's state is at the moment, by estimate. Read by any thread.
 *
 * @param state its name
 * @param isOfEntries whether this is the number of its entries; else it is how many bytes they take
 */
public record Estimate(String state, boolean isOfEntries, LongSupplier value) implements Gauge<Long> {

    /** Registers both for a state, below its operator's group. */
    static void register(MetricGroup group, String state, LongSupplier entries, LongSupplier bytes) {
        MetricGroup ofState = group.addGroup(state);
        ofState.gauge("estimatedEntries", new Estimate(state, true, entries));
        ofState.gauge("estimatedBytes", new Estimate(state, false, bytes));
    }

    @Override
    public Long getValue() {
        return value.getAsLong();
    }
}
