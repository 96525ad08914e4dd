package dev.weir.flink.state;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/** Options of the cache of entries above RocksDB. */
public final class CacheOptions {

    /** Whether entries are kept in memory as objects. */
    public static final ConfigOption<Boolean> CACHE = ConfigOptions.key("weir.rocksdb.cache")
            .booleanType()
            .defaultValue(true)
            .withDescription("Keep entries of state in RocksDB in memory, and store changes when memory is short and at"
                    + " checkpoints. Results are the same.");

    /** Of the memory of the slot's databases, what the cache gets. */
    public static final ConfigOption<Double> FRACTION = ConfigOptions.key("weir.rocksdb.cache.memory-fraction")
            .doubleType()
            .defaultValue(0.4)
            .withDescription("What the cache of entries gets of the memory that is RocksDB's; block cache and write"
                    + " buffers share the rest.");

    private CacheOptions() {}

    /**
     * The part of the memory that the cache gets; 0 where there is none.
     *
     * @param job what the job says
     * @param cluster what counts where the job says nothing
     * @throws IllegalArgumentException where it is no part of the whole
     */
    public static double fraction(ReadableConfig job, ReadableConfig cluster) {
        if (!job.getOptional(CACHE).orElseGet(() -> cluster.get(CACHE))) {
            return 0;
        }
        double fraction = job.getOptional(FRACTION).orElseGet(() -> cluster.get(FRACTION));
        if (!(fraction >= 0 && fraction <= 0.9)) {
            throw new IllegalArgumentException(
                    FRACTION.key() + "=" + fraction + " is not between 0 and 0.9: RocksDB needs memory too");
        }
        return fraction;
    }
}
