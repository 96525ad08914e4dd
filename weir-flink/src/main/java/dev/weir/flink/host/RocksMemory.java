package dev.weir.flink.host;

import dev.weir.flink.memory.ManagedMemory;
import dev.weir.flink.state.CacheOptions;
import dev.weir.flink.state.TieredOptions;
import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.rocksdb.tiered.HeapQuota;
import java.io.IOException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.memory.OpaqueMemoryResource;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.RocksDBMemoryConfiguration;
import org.apache.flink.state.rocksdb.RocksDBMemoryControllerUtils.RocksDBMemoryFactory;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Cache;
import org.rocksdb.WriteBufferManager;

/**
 * Makes the block cache and the write buffers of a slot, of a part of the memory that Flink would give them: the rest is for
 * entries that are kept as objects.
 *
 * @param part of the memory
 */
record RocksMemory(double part) implements RocksDBMemoryFactory {
    private static final long serialVersionUID = 1L;

    private static final String CACHE = "weir-rocksdb-cache";
    private static final String TIERS = "weir-tiered-heap";

    /** Objects lie on the heap, which has more to hold. */
    private static final double HEAP_MAX = 0.25;

    @Override
    public Cache createCache(long cacheCapacity, double highPriorityPoolRatio) {
        return DEFAULT.createCache((long) (part * cacheCapacity), highPriorityPoolRatio);
    }

    @Override
    public WriteBufferManager createWriteBufferManager(long writeBufferManagerCapacity, Cache cache) {
        return DEFAULT.createWriteBufferManager((long) (part * writeBufferManagerCapacity), cache);
    }

    /**
     * What objects get of the memory of a slot's databases; 0 where there is no such memory, that is where it has no limit, or
     * one for all slots together.
     */
    static double partOfCache(EmbeddedRocksDBStateBackend options, Environment environment) {
        RocksDBMemoryConfiguration memory = options.getMemoryConfiguration();
        return memory.isUsingFixedMemoryPerSlot() || memory.isUsingManagedMemory()
                ? CacheOptions.fraction(
                        environment.getJobConfiguration(),
                        environment.getTaskManagerInfo().getConfiguration())
                : 0;
    }

    /** What the caches of the slot share, to be closed by each that uses it; null for none. */
    static @Nullable OpaqueMemoryResource<CacheBudget> cache(Environment environment, long ofSlot, double part)
            throws IOException {
        if (part == 0) {
            return null;
        }
        long bytes = (long) Math.min(part * ofSlot, HEAP_MAX * heapOfSlot(environment));
        try {
            return environment.getMemoryManager().getExternalSharedMemoryResource(CACHE, CacheBudget::new, bytes);
        } catch (Exception e) {
            throw new IOException("cannot make the cache of keyed state of " + bytes + " bytes", e);
        }
    }

    /** What tiered stores of the slot share of the heap, to be closed by each that uses it. */
    static OpaqueMemoryResource<HeapQuota> heap(Environment environment) throws IOException {
        double part = TieredOptions.fraction(
                environment.getJobConfiguration(),
                environment.getTaskManagerInfo().getConfiguration());
        long bytes = (long) (part * heapOfSlot(environment));
        try {
            return environment.getMemoryManager().getExternalSharedMemoryResource(TIERS, HeapQuota::new, bytes);
        } catch (Exception e) {
            throw new IOException("cannot share " + bytes + " bytes of the heap among tiered stores", e);
        }
    }

    private static double heapOfSlot(Environment environment) {
        Configuration configuration = environment.getTaskManagerInfo().getConfiguration();
        return ManagedMemory.partOfSlot(
                        configuration, environment.getMemoryManager().getMemorySize())
                * Runtime.getRuntime().maxMemory();
    }
}
