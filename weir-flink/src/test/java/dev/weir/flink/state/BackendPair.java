package dev.weir.flink.state;

import dev.weir.rocksdb.DatabaseWatch;
import dev.weir.rocksdb.OrderedKeys;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.rocksdb.tiered.HeapQuota;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.memory.OpaqueMemoryResource;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.AbstractStateBackend;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackendBuilder;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSetFactory;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend.PriorityQueueStateType;
import org.apache.flink.state.rocksdb.PredefinedOptions;
import org.apache.flink.state.rocksdb.RocksDBKeyedStateBackendBuilder;
import org.apache.flink.state.rocksdb.RocksDBPriorityQueueConfig;
import org.apache.flink.state.rocksdb.RocksDBResourceContainer;

/** Our backend and Flink's, on the heap or in RocksDB, of the same shape and under the same clock. */
final class BackendPair<K> implements AutoCloseable {

    /** The clock of state TTL. */
    static final class Clock {
        long millis = 1_000;
    }

    /**
     * What the backends of all subtasks of an operator have in common.
     *
     * @param databases where RocksDB keeps its files; null for the heap
     * @param heap what ours may have on the heap before it uses RocksDB; null for everything in RocksDB
     * @param timersInMemory of each key group, where timers are in RocksDB, and more where the cache has room; 0 for the heap
     * @param cacheBytes what our cache above RocksDB may take; negative for none
     */
    record Shape<K>(
            TypeSerializer<K> keySerializer,
            int keyGroups,
            ExecutionConfig config,
            Clock clock,
            Path databases,
            long cacheBytes,
            HeapQuota heap,
            int timersInMemory) {

        private static final long CACHE_BYTES = 20_000;

        /** Every other database is rid of what is not its own. */
        private static final AtomicInteger DATABASES = new AtomicInteger();

        Shape(TypeSerializer<K> keySerializer, int keyGroups) {
            this(keySerializer, keyGroups, null);
        }

        Shape(TypeSerializer<K> keySerializer, int keyGroups, Path databases) {
            this(keySerializer, keyGroups, new ExecutionConfig(), new Clock(), databases, CACHE_BYTES, null, 0);
        }

        /** The same in RocksDB. */
        Shape<K> in(Path directory) {
            return new Shape<>(keySerializer, keyGroups, config, clock, directory, cacheBytes, heap, timersInMemory);
        }

        AbstractKeyedStateBackend<K> ours(KeyGroupRange range, Collection<KeyedStateHandle> restored)
                throws BackendBuildingException {
            return ours(range, restored, false);
        }

        AbstractKeyedStateBackend<K> ours(
                KeyGroupRange range, Collection<KeyedStateHandle> restored, boolean incremental)
                throws BackendBuildingException {
            return (AbstractKeyedStateBackend<K>) KeyedBackends.create(
                    null,
                    keySerializer,
                    getClass().getClassLoader(),
                    config,
                    () -> clock.millis,
                    new CloseableRegistry(),
                    incremental,
                    new KeyedBackends.Restored(
                            restored, new CloseableRegistry(), Path.of(System.getProperty("java.io.tmpdir"))),
                    range,
                    keyGroups,
                    LatencyTrackingStateConfig.disabled(),
                    SizeTrackingStateConfig.disabled(),
                    databases == null ? null : resources());
        }

        /** The same with another cache above RocksDB, of ours. */
        Shape<K> caching(long bytes) {
            return new Shape<>(keySerializer, keyGroups, config, clock, databases, bytes, heap, timersInMemory);
        }

        /** The same in two tiers, as far as ours is concerned; Flink's is on the heap. */
        Shape<K> tiered(Path directory, HeapQuota quota) {
            return new Shape<>(keySerializer, keyGroups, config, clock, directory, cacheBytes, quota, timersInMemory);
        }

        /** The same with timers in RocksDB, in Flink's backend too. */
        Shape<K> timers(int inMemory) {
            return new Shape<>(keySerializer, keyGroups, config, clock, databases, cacheBytes, heap, inMemory);
        }

        private OpaqueMemoryResource<CacheBudget> cache() {
            return cacheBytes < 0
                    ? null
                    : new OpaqueMemoryResource<>(new CacheBudget(cacheBytes), cacheBytes, () -> {});
        }

        private RocksResources resources() {
            RocksStore.loadLibrary();
            Path directory = databases.resolve("ours-" + UUID.randomUUID());
            return new RocksResources(
                    directory,
                    new RocksResources.Restoring(2, 0, true, false, DATABASES.getAndIncrement() % 2 == 0, 1 << 20),
                    () -> new RocksResources.Parts(container(directory), cache()),
                    heap == null ? null : new OpaqueMemoryResource<>(heap, heap.limitBytes(), () -> {}),
                    timersInMemory == 0 ? null : new OrderedKeys.Head(timersInMemory, cacheBytes > 0),
                    DatabaseWatch.NONE,
                    () -> clock.millis);
        }

        private static RocksDBResourceContainer container(Path directory) {
            return new RocksDBResourceContainer(
                    new Configuration(), PredefinedOptions.DEFAULT, null, null, directory.toFile(), false);
        }

        AbstractKeyedStateBackend<K> flinks(KeyGroupRange range, Collection<KeyedStateHandle> restored)
                throws BackendBuildingException {
            if (databases != null && heap == null) {
                return flinksInRocksDb(
                        range,
                        restored,
                        timersInMemory == 0 ? PriorityQueueStateType.HEAP : PriorityQueueStateType.ROCKSDB);
            }
            return new HeapKeyedStateBackendBuilder<>(
                            null,
                            keySerializer,
                            getClass().getClassLoader(),
                            keyGroups,
                            range,
                            config,
                            () -> clock.millis,
                            LatencyTrackingStateConfig.disabled(),
                            SizeTrackingStateConfig.disabled(),
                            restored,
                            AbstractStateBackend.getCompressionDecorator(config),
                            LocalRecoveryConfig.BACKUP_AND_RECOVERY_DISABLED,
                            new HeapPriorityQueueSetFactory(range, keyGroups, 16),
                            true,
                            new CloseableRegistry())
                    .build();
        }

        AbstractKeyedStateBackend<K> flinksInRocksDb(
                KeyGroupRange range, Collection<KeyedStateHandle> restored, PriorityQueueStateType timers)
                throws BackendBuildingException {
            RocksStore.loadLibrary();
            Path directory = databases.resolve("flinks-" + UUID.randomUUID());
            RocksDBResourceContainer container = container(directory);
            return new RocksDBKeyedStateBackendBuilder<>(
                            "test",
                            getClass().getClassLoader(),
                            directory.toFile(),
                            container,
                            state -> container.getColumnOptions(),
                            null,
                            keySerializer,
                            keyGroups,
                            range,
                            config,
                            LocalRecoveryConfig.BACKUP_AND_RECOVERY_DISABLED,
                            new RocksDBPriorityQueueConfig(timers, Math.max(1, timersInMemory)),
                            () -> clock.millis,
                            LatencyTrackingStateConfig.disabled(),
                            SizeTrackingStateConfig.disabled(),
                            new UnregisteredMetricsGroup(),
                            (key, value) -> {},
                            restored,
                            AbstractStateBackend.getCompressionDecorator(config),
                            new CloseableRegistry())
                    .build();
        }
    }

    final Clock clock;
    final AbstractKeyedStateBackend<K> ours;
    final AbstractKeyedStateBackend<K> flinks;

    BackendPair(TypeSerializer<K> keySerializer, KeyGroupRange range, int keyGroups) throws Exception {
        this(new Shape<>(keySerializer, keyGroups), range);
    }

    BackendPair(Shape<K> shape, KeyGroupRange range) throws Exception {
        clock = shape.clock();
        ours = shape.ours(range, List.of());
        flinks = shape.flinks(range, List.of());
    }

    void setCurrentKey(K key) {
        ours.setCurrentKey(key);
        flinks.setCurrentKey(key);
    }

    @Override
    public void close() {
        ours.dispose();
        flinks.dispose();
    }
}
