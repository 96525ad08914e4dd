package dev.weir.flink.state;

import dev.weir.engine.state.HeapStore;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.LongKeys;
import dev.weir.flink.state.snapshot.BackendRestore;
import dev.weir.flink.state.snapshot.Databases;
import dev.weir.flink.state.snapshot.RestoredStates;
import dev.weir.flink.state.snapshot.Transfers;
import dev.weir.rocksdb.ExportedColumns;
import dev.weir.rocksdb.Load;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.tiered.HeapQuota;
import dev.weir.rocksdb.tiered.TieredStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.query.TaskKvStateRegistry;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot.BackendStateType;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;

/** Makes Flink keyed state backends over the engine's stores. Stateless, any thread. */
public final class KeyedBackends {

    private KeyedBackends() {}

    /** Gives back the memory of a backend that was disposed of, whose state nobody reads any more. */
    public static void release(KeyedStateBackend<?> backend) {
        if (backend instanceof StoreBackedKeyedStateBackend<?> known) {
            known.release();
        }
    }

    /**
     * Has a backend tell how large its states on the heap are, by estimate; those in RocksDB do so themselves. Once.
     *
     * @param estimates of the operator
     */
    public static void estimate(KeyedStateBackend<?> backend, Estimates estimates) {
        if (backend instanceof StoreBackedKeyedStateBackend<?> known) {
            known.estimate(estimates);
        }
    }

    /**
     * What a backend starts from.
     *
     * @param handles state of an earlier run, of any subtasks; none for an empty backend
     * @param streams closing it ends the restore
     * @param scratch where files may be put meanwhile
     */
    public record Restored(Collection<KeyedStateHandle> handles, CloseableRegistry streams, Path scratch) {}

    /**
     * A backend that keeps live objects on the heap, with the semantics of Flink's {@code HashMapStateBackend}, or bytes in
     * RocksDB, with those of its {@code EmbeddedRocksDBStateBackend}, or live objects in both.
     *
     * @param kvStateRegistry where queryable state is published; null where there is none
     * @param keySerializer serializer of the key, the backend's own
     * @param userLoader class loader of the user's code
     * @param executionConfig the job's configuration, for serializers that are made late
     * @param ttlTimeProvider the clock of state TTL
     * @param cancelables the task's; closing it closes the streams the backend has open. The backend leaves it at disposal
     * @param incremental whether checkpoints have what has changed since the last one
     * @param restored state to begin with
     * @param range key groups of the subtask
     * @param numberOfKeyGroups maximum parallelism of the operator
     * @param latencyTracking whether state accesses are timed
     * @param sizeTracking whether state sizes are measured
     * @param rocks opens the database, and is closed with the backend; null for the heap alone
     * @throws BackendBuildingException when state cannot be restored; the message names the file
     */
    public static <K> CheckpointableKeyedStateBackend<K> create(
            @Nullable TaskKvStateRegistry kvStateRegistry,
            TypeSerializer<K> keySerializer,
            ClassLoader userLoader,
            ExecutionConfig executionConfig,
            TtlTimeProvider ttlTimeProvider,
            CloseableRegistry cancelables,
            boolean incremental,
            Restored restored,
            KeyGroupRange range,
            int numberOfKeyGroups,
            LatencyTrackingStateConfig latencyTracking,
            SizeTrackingStateConfig sizeTracking,
            @Nullable RocksResources rocks)
            throws BackendBuildingException {
        KeyGroupSpan span = new KeyGroupSpan(range.getStartKeyGroup(), range.getEndKeyGroup());
        KeyContext<K> context = new KeyContext<>(span, numberOfKeyGroups);
        StateSerializerProvider<K> keySerializers = StateSerializerProvider.fromNewRegisteredSerializer(keySerializer);
        Transfers transfers =
                new Transfers(rocks == null ? 1 : rocks.restoring().transferThreads());
        Databases databases =
                new Databases(range, numberOfKeyGroups, restored.scratch(), transfers, restored.streams());
        KeyedStore<K> store;
        try {
            store = store(rocks, context, keySerializers, databases, restored, userLoader);
        } catch (BackendBuildingException | RuntimeException | Error e) {
            transfers.close();
            throw e;
        }
        StateRegistry<K> states = new StateRegistry<>(
                store,
                keySerializers,
                userLoader,
                ttlTimeProvider,
                rocks == null ? StateRegistry.ColumnListener.NONE : rocks);
        TimerQueueRegistry timerQueues = new TimerQueueRegistry(
                span,
                numberOfKeyGroups,
                TimerQueueRegistry.Place.of(store, rocks == null ? null : rocks.timersInMemory()));
        try (Load load = store instanceof RocksStore<K> stored ? stored.load() : null) {
            new BackendRestore<>(
                            range,
                            numberOfKeyGroups,
                            userLoader,
                            keySerializers,
                            restored.streams(),
                            new Target<>(context, states, timerQueues, load),
                            databases)
                    .restore(restored.handles());
            databases.restored(rocks != null && rocks.restoring().compact());
        } catch (BackendBuildingException | RuntimeException | Error e) {
            transfers.close();
            store.close();
            throw e;
        }
        return new StoreBackedKeyedStateBackend<>(
                kvStateRegistry,
                keySerializers.currentSchemaSerializer(),
                userLoader,
                executionConfig,
                ttlTimeProvider,
                latencyTracking,
                sizeTracking,
                cancelables,
                incremental,
                new StoreKeyContext<>(context, range),
                store,
                states,
                timerQueues,
                transfers,
                databases.reusable());
    }

    private static <K> KeyedStore<K> store(
            @Nullable RocksResources rocks,
            KeyContext<K> context,
            StateSerializerProvider<K> keySerializers,
            Databases databases,
            Restored restored,
            ClassLoader userLoader)
            throws BackendBuildingException {
        LongKeys<K> longKeys = PrimitiveKeys.of(keySerializers.currentSchemaSerializer());
        if (rocks == null) {
            return new HeapStore<>(context, longKeys);
        }
        HeapQuota heap = rocks.heap();
        if (heap == null) {
            return open(rocks, context, keySerializers, databases, restored, userLoader);
        }
        try {
            TieredStore<K> store = new TieredStore<>(context, longKeys, heap.join(), new TieredStore.Opening<>() {
                @Override
                public RocksStore<K> open() throws IOException {
                    try {
                        return KeyedBackends.open(rocks, context, keySerializers, databases, restored, userLoader);
                    } catch (BackendBuildingException e) {
                        throw new IOException(
                                "RocksDB, which has what of tiered state does not fit the heap, cannot be opened (with"
                                        + " state.backend.type: hashmap nothing needs it): " + e.getMessage(),
                                e);
                    }
                }

                @Override
                public void close() {
                    rocks.close();
                }
            });
            if (restored.handles().stream().anyMatch(IncrementalRemoteKeyedStateHandle.class::isInstance)) {
                openNow(store);
            }
            return store;
        } catch (IOException e) {
            throw new BackendBuildingException(e.getMessage(), e);
        }
    }

    private static void openNow(TieredStore<?> store) throws IOException {
        try {
            store.database();
        } catch (IOException | RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    /** Opens a store, over a database of a checkpoint where there is one. */
    private static <K> RocksStore<K> open(
            RocksResources rocks,
            KeyContext<K> context,
            StateSerializerProvider<K> keySerializers,
            Databases databases,
            Restored restored,
            ClassLoader userLoader)
            throws BackendBuildingException {
        RocksStore<K> store = null;
        boolean opening = false;
        RocksResources.Restoring how = rocks.restoring();
        try (ExportedColumns exported =
                databases.begin(restored.handles(), how.overlapMin(), how.several(), rocks.directory())) {
            for (StateMetaInfoSnapshot state : databases.begunStates(userLoader)) {
                if (state.getBackendStateType() == BackendStateType.KEY_VALUE) {
                    rocks.creates(new RegisteredKeyValueStateBackendMetaInfo<>(state));
                }
            }
            opening = true;
            store = new RocksStore<>(
                    context,
                    () -> new SerializerCodec<>(keySerializers.currentSchemaSerializer()),
                    new ViewBuffers(),
                    rocks.directory(),
                    rocks,
                    exported);
            databases.opened(store, how.wholeFiles());
            return store;
        } catch (IOException | RuntimeException | Error e) {
            if (store != null) {
                store.close();
            } else {
                if (!opening) {
                    rocks.close();
                }
                FileUtils.deleteDirectoryQuietly(rocks.directory().toFile());
            }
            throw new BackendBuildingException("cannot open keyed state: " + e.getMessage(), e);
        }
    }

    private record Target<K>(
            KeyContext<K> context, StateRegistry<K> states, TimerQueueRegistry timerQueues, @Nullable Load load)
            implements RestoredStates<K> {
        @Override
        public Values<K, ?, ?> values(StateMetaInfoSnapshot snapshot) {
            return states.restored(snapshot).restored(load);
        }

        @Override
        public Timers<?> timers(StateMetaInfoSnapshot snapshot) {
            return timerQueues.restored(snapshot);
        }
    }
}
