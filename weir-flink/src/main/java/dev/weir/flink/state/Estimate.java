package dev.weir.flink.state;

import java.util.function.LongSupplier;
import org.apache.flink.metrics.Gauge;

/**
 * How large a subtask's state is at the moment, by estimate. Read by any thread.
 *
 * @param state its name
 * @param isOfEntries whether this is the number of its entries; else it is how many bytes they take
 */
public record Estimate(String state, boolean isOfEntries, LongSupplier value) implements Gauge<Long> {

    @Override
    public Long getValue() {
        return value.getAsLong();
    }
}
