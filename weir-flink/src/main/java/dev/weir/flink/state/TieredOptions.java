package dev.weir.flink.state;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/** Options of the tiered store. */
public final class TieredOptions {

    private static final double FRACTION_MAX = 0.8;

    /** The part of the heap that state may take. */
    public static final ConfigOption<Double> FRACTION = ConfigOptions.key("weir.tiered.heap.memory-fraction")
            .doubleType()
            .defaultValue(0.4)
            .withDescription("What of the heap all state of the tiered store may take, by estimate, before it begins to"
                    + " move to RocksDB. Slots share it equally.");

    private TieredOptions() {}

    /**
     * The part of the heap that state may take; with 0 all is in RocksDB.
     *
     * @param job what the job says
     * @param cluster what counts where the job says nothing
     * @throws IllegalArgumentException where it is no part of the whole
     */
    public static double fraction(ReadableConfig job, ReadableConfig cluster) {
        double fraction = job.getOptional(FRACTION).orElseGet(() -> cluster.get(FRACTION));
        if (!(fraction >= 0 && fraction <= FRACTION_MAX)) {
            throw new IllegalArgumentException(FRACTION.key() + "=" + fraction + " is not between 0 and " + FRACTION_MAX
                    + ": records and user code need heap too");
        }
        return fraction;
    }
}
