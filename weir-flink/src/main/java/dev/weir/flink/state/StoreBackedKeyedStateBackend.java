package dev.weir.flink.state;

import dev.weir.engine.state.ExpectedKeys;
import dev.weir.engine.state.HeapStore;
import dev.weir.engine.state.HeapTable;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroups;
import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.KeysAhead;
import dev.weir.engine.state.TableEntry;
import dev.weir.flink.state.snapshot.BackendCut;
import dev.weir.flink.state.snapshot.CanonicalStrategy;
import dev.weir.flink.state.snapshot.CheckpointStrategy;
import dev.weir.flink.state.snapshot.DatabaseCut;
import dev.weir.flink.state.snapshot.DatabaseStrategy;
import dev.weir.flink.state.snapshot.IncrementalStrategy;
import dev.weir.flink.state.snapshot.Transfers;
import dev.weir.flink.state.snapshot.TwoTierCut;
import dev.weir.flink.state.snapshot.TwoTierStrategy;
import dev.weir.rocksdb.FileCut;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.tiered.TieredStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.RunnableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.query.TaskKvStateRegistry;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.KeyedStateFunction;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.SavepointResources;
import org.apache.flink.runtime.state.SnapshotExecutionType;
import org.apache.flink.runtime.state.SnapshotResources;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategy;
import org.apache.flink.runtime.state.SnapshotStrategyRunner;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.StateSnapshotTransformers;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.jspecify.annotations.Nullable;

/** Flink's keyed state backend over an engine store. Belongs to the subtask's thread. */
final class StoreBackedKeyedStateBackend<K> extends AbstractKeyedStateBackend<K> implements KeysAhead {

    private final KeyedStore<K> store;
    private final KeyContext<K> context;
    private final StateRegistry<K> states;
    private final TimerQueueRegistry timerQueues;
    private final List<KeySelectionListener<K>> keyListeners = new ArrayList<>(1);
    private final CloseableRegistry cancelables;
    private final SnapshotStrategyRunner<KeyedStateHandle, BackendCut<K>> checkpoints;
    private final SnapshotStrategyRunner<KeyedStateHandle, BackendCut<K>> heapCheckpoints;
    private final @Nullable IncrementalStrategy<K> increments;
    private final Transfers transfers;
    private final @Nullable DatabaseStrategy<K> files;
    private final @Nullable SnapshotStrategyRunner<KeyedStateHandle, ?> fileCheckpoints;

    private final ExpectedKeys expected;

    // Of what was touched, so that reading it has a result.
    @SuppressWarnings("UnusedVariable")
    private long touched;

    StoreBackedKeyedStateBackend(
            @Nullable TaskKvStateRegistry kvStateRegistry,
            TypeSerializer<K> keySerializer,
            ClassLoader userLoader,
            ExecutionConfig executionConfig,
            TtlTimeProvider ttlTimeProvider,
            LatencyTrackingStateConfig latencyTracking,
            SizeTrackingStateConfig sizeTracking,
            CloseableRegistry cancelables,
            boolean incremental,
            StoreKeyContext<K> keyContext,
            KeyedStore<K> store,
            StateRegistry<K> states,
            TimerQueueRegistry timerQueues,
            Transfers transfers,
            Map<String, StreamStateHandle> restoredFiles) {
        super(
                kvStateRegistry,
                keySerializer,
                userLoader,
                executionConfig,
                ttlTimeProvider,
                latencyTracking,
                sizeTracking,
                new CloseableRegistry(),
                keyContext);
        this.cancelables = cancelables;
        this.store = store;
        this.context = store.context();
        this.expected = new ExpectedKeys(context);
        this.states = states;
        this.timerQueues = timerQueues;
        this.increments = incremental && store.handsOutLiveValues()
                ? new IncrementalStrategy<>(this::trackedCut, new CheckpointStrategy<>(this::cut), this::forgetChanges)
                : null;
        this.checkpoints = runner(strategy(store instanceof TieredStore ? null : increments));
        this.heapCheckpoints = store instanceof TieredStore ? runner(new CheckpointStrategy<>(this::cut)) : checkpoints;
        this.transfers = transfers;
        this.files = incremental && !(store instanceof HeapStore)
                ? new DatabaseStrategy<>(this::databaseCut, getKeyGroupRange(), transfers, restoredFiles)
                : null;
        this.fileCheckpoints = fileCheckpoints();
        try {
            // The base class closes its registry at disposal, so it gets one of its own.
            cancelables.registerCloseable(cancelStreamRegistry);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create keyed state: the task is being cancelled", e);
        }
    }

    private <R extends SnapshotResources> SnapshotStrategyRunner<KeyedStateHandle, R> runner(
            SnapshotStrategy<KeyedStateHandle, R> strategy) {
        return new SnapshotStrategyRunner<>(
                "keyed state", strategy, cancelStreamRegistry, SnapshotExecutionType.ASYNCHRONOUS);
    }

    private @Nullable SnapshotStrategyRunner<KeyedStateHandle, ?> fileCheckpoints() {
        DatabaseStrategy<K> ofDatabase = files;
        IncrementalStrategy<K> ofHeap = increments;
        if (ofDatabase == null) {
            return null;
        }
        return ofHeap == null
                ? runner(ofDatabase)
                : runner(new TwoTierStrategy<>(this::twoTierCut, ofHeap, ofDatabase));
    }

    // The base class would compute the key's hash once for the key group and once for the table.
    @Override
    public void setCurrentKey(K key) {
        notifyKeySelected(key);
        Objects.requireNonNull(key, "Assigned key must not be null!");
        int hash = key.hashCode();
        context.select(key, hash, KeyGroups.assign(hash, numberOfKeyGroups));
    }

    @Override
    public void setCurrentKeyAndKeyGroup(K key, int keyGroup) {
        notifyKeySelected(key);
        context.select(key, key.hashCode(), keyGroup);
    }

    @Override
    public void registerKeySelectionListener(KeySelectionListener<K> listener) {
        keyListeners.add(listener);
    }

    @Override
    public boolean deregisterKeySelectionListener(KeySelectionListener<K> listener) {
        return keyListeners.remove(listener);
    }

    private void notifyKeySelected(K key) {
        for (int i = 0; i < keyListeners.size(); i++) {
            keyListeners.get(i).keySelected(key);
        }
    }

    @Override
    public <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
            KeyGroupedInternalPriorityQueue<T> create(String stateName, TypeSerializer<T> serializer) {
        return create(stateName, serializer, false);
    }

    @Override
    public <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
            KeyGroupedInternalPriorityQueue<T> create(
                    String stateName, TypeSerializer<T> serializer, boolean allowFutureMetadataUpdates) {
        return timerQueues.createOrUpdate(stateName, serializer, allowFutureMetadataUpdates);
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // Flink's signature
    @Override
    public <N, SV, SEV, S extends State, IS extends S> IS createOrUpdateInternalState(
            TypeSerializer<N> namespaceSerializer,
            StateDescriptor<S, SV> descriptor,
            StateSnapshotTransformFactory<SEV> transformFactory)
            throws Exception {
        return createOrUpdateInternalState(namespaceSerializer, descriptor, transformFactory, false);
    }

    // The kind of state follows from the descriptor, which IS stands for.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    @Override
    public <N, SV, SEV, S extends State, IS extends S> IS createOrUpdateInternalState(
            TypeSerializer<N> namespaceSerializer,
            StateDescriptor<S, SV> descriptor,
            StateSnapshotTransformFactory<SEV> transformFactory,
            boolean allowFutureMetadataUpdates)
            throws Exception {
        return (IS) states.createOrUpdate(
                namespaceSerializer,
                descriptor,
                ofWholeValue(descriptor, transformFactory),
                allowFutureMetadataUpdates);
    }

    // Flink hands over a transformer of elements for lists and maps, and of values for all others.
    @SuppressWarnings("unchecked")
    private static <SV, SEV> StateSnapshotTransformFactory<SV> ofWholeValue(
            StateDescriptor<?, SV> descriptor, StateSnapshotTransformFactory<SEV> transformFactory) {
        if (descriptor instanceof ListStateDescriptor) {
            return (StateSnapshotTransformFactory<SV>)
                    new StateSnapshotTransformers.ListStateSnapshotTransformFactory<>(transformFactory);
        }
        if (descriptor instanceof MapStateDescriptor) {
            return (StateSnapshotTransformFactory<SV>)
                    new StateSnapshotTransformers.MapStateSnapshotTransformFactory<>(transformFactory);
        }
        return (StateSnapshotTransformFactory<SV>) transformFactory;
    }

    @Override
    public <N> Stream<K> getKeys(String state, N namespace) {
        return entries(state)
                .filter(entry -> entry.namespace().equals(namespace))
                .map(TableEntry::key);
    }

    @Override
    public <N> Stream<K> getKeys(List<String> names, N namespace) {
        List<KeyedTable<K, Object, ?>> tables = new ArrayList<>();
        Stream<K> keys = Stream.empty();
        for (String name : names) {
            KeyedTable<K, Object, ?> table = table(name);
            if (table != null) {
                List<KeyedTable<K, Object, ?>> earlier = List.copyOf(tables);
                keys = Stream.concat(keys, getKeys(name, namespace).filter(key -> earlier.stream()
                        .allMatch(t -> t.peek(key, namespace) == null)));
                tables.add(table);
            }
        }
        return keys;
    }

    // The name of a state stands for its namespace type, as everywhere in this interface.
    @SuppressWarnings("unchecked")
    @Override
    public <N> Stream<Tuple2<K, N>> getKeysAndNamespaces(String state) {
        return entries(state).map(entry -> Tuple2.of(entry.key(), (N) entry.namespace()));
    }

    private Stream<? extends TableEntry<K, ?, ?>> entries(String state) {
        RegisteredState<K, ?, ?> registered = states.find(state);
        return registered == null ? Stream.empty() : entries(registered.table());
    }

    private static <K, N, V> Stream<TableEntry<K, N, V>> entries(KeyedTable<K, N, V> table) {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(table.entries(), Spliterator.NONNULL), false);
    }

    @SuppressWarnings("unchecked")
    private @Nullable KeyedTable<K, Object, ?> table(String state) {
        RegisteredState<K, ?, ?> registered = states.find(state);
        return registered == null ? null : (KeyedTable<K, Object, ?>) registered.table();
    }

    @Override
    public <N, S extends State, T> void applyToAllKeys(
            N namespace,
            TypeSerializer<N> namespaceSerializer,
            StateDescriptor<S, T> descriptor,
            KeyedStateFunction<K, S> function,
            PartitionStateFactory stateFactory)
            throws Exception {
        // The function may clear or create state while it runs.
        List<K> keys;
        try (Stream<K> present = getKeys(descriptor.getName(), namespace)) {
            keys = present.toList();
        }
        S state = stateFactory.get(namespace, namespaceSerializer, descriptor);
        for (K key : keys) {
            setCurrentKey(key);
            function.process(key, state);
        }
    }

    @Override
    public int numKeyValueStateEntries() {
        return Math.toIntExact(store instanceof RocksStore<K> rocks ? rocks.storedEntries() : store.size());
    }

    // Flink and its SQL operators choose algorithms by this name, which stands for what users may do with values.
    @Override
    public String getBackendTypeIdentifier() {
        return store.handsOutLiveValues()
                ? StateBackendLoader.HASHMAP_STATE_BACKEND_NAME
                : StateBackendLoader.ROCKSDB_STATE_BACKEND_NAME;
    }

    @Override
    public RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot(
            long checkpointId, long timestamp, CheckpointStreamFactory streamFactory, CheckpointOptions options)
            throws Exception {
        SnapshotStrategyRunner<KeyedStateHandle, ?> runner = checkpoints;
        if (fileCheckpoints != null && !options.getCheckpointType().isSavepoint()) {
            runner = fileCheckpoints;
        } else if (store instanceof TieredStore<K> tiers && tiers.isOnHeap()) {
            runner = heapCheckpoints;
        }
        return runner.snapshot(checkpointId, timestamp, streamFactory, options);
    }

    @Override
    public SavepointResources<K> savepoint() {
        return new SavepointResources<>(cut(), SnapshotExecutionType.ASYNCHRONOUS);
    }

    private BackendCut<K> emptyCut() {
        return new BackendCut<>(
                getKeySerializer(), getKeyGroupRange(), numberOfKeyGroups, keyGroupCompressionDecorator);
    }

    /** The state that is in a database now, as its files, and timers that are not. */
    private DatabaseCut<K> databaseCut() throws IOException {
        List<StateMetaInfoSnapshot> inDatabase = new ArrayList<>();
        for (RegisteredState<K, ?, ?> state : states.all()) {
            inDatabase.add(state.metaInfo().snapshot());
        }
        inDatabase.addAll(timerQueues.stored());
        BackendCut<K> timers = emptyCut();
        if (!timerQueues.areStored() && increments == null) {
            timerQueues.cut(timers);
        }
        return new DatabaseCut<>(
                getKeySerializer().duplicate(), inDatabase, inDatabase.isEmpty() ? null : databaseFiles(), timers);
    }

    private @Nullable FileCut databaseFiles() throws IOException {
        if (store instanceof TieredStore<K> tiers) {
            return tiers.files();
        }
        return ((RocksStore<K>) store).files();
    }

    private TwoTierCut<K> twoTierCut() throws IOException {
        BackendCut<K> heap = trackedCut();
        try {
            return new TwoTierCut<>(heap, databaseCut());
        } catch (IOException | RuntimeException | Error e) {
            heap.release();
            throw e;
        }
    }

    /** All state as it is now; whoever gets it releases it. */
    private BackendCut<K> cut() {
        return cut(RegisteredState::cut, timerQueues::cut);
    }

    private BackendCut<K> cut(
            BiConsumer<RegisteredState<K, ?, ?>, BackendCut<K>> values, Consumer<BackendCut<?>> timers) {
        BackendCut<K> cut = emptyCut();
        try {
            for (RegisteredState<K, ?, ?> state : states.all()) {
                values.accept(state, cut);
            }
            timers.accept(cut);
            return cut;
        } catch (RuntimeException | Error e) {
            cut.release();
            throw e;
        }
    }

    private SnapshotStrategy<KeyedStateHandle, BackendCut<K>> strategy(@Nullable IncrementalStrategy<K> incremental) {
        if (incremental != null) {
            return incremental;
        }
        return store instanceof HeapStore ? new CheckpointStrategy<>(this::cut) : new CanonicalStrategy<>(this::cut);
    }

    /** What is on the heap, to be compared with others. */
    private BackendCut<K> trackedCut() {
        for (RegisteredState<K, ?, ?> state : states.all()) {
            state.table().trackChanges();
        }
        return cut(RegisteredState::cutOnHeap, timerQueues::trackedCut);
    }

    private void forgetChanges(String state, int version) {
        KeyedTable<K, ?, ?> table = store.table(state);
        if (table != null) {
            table.forgetChanges(version);
        }
        timerQueues.forgetChanges(state, version);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
        if (increments != null) {
            increments.completed(checkpointId);
        }
        if (files != null) {
            files.completed(checkpointId);
        }
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) {
        if (increments != null) {
            increments.aborted(checkpointId);
        }
        if (files != null) {
            files.aborted(checkpointId);
        }
    }

    @Override
    public void dispose() {
        cancelables.unregisterCloseable(cancelStreamRegistry);
        super.dispose();
        states.clear();
        timerQueues.clear();
        transfers.close();
        store.close();
    }

    @Override
    public void expect(int[] keyHashes, int from, int to) {
        expected.set(keyHashes, from, to);
        for (RegisteredState<K, ?, ?> state : states.all()) {
            HeapTable<K, ?, ?> table = state.onHeap();
            if (table != null) {
                touched += table.touch(expected);
            }
        }
        touched += timerQueues.touch(expected);
    }

    /** Has states on the heap tell how large they are, by estimate. */
    void estimate(Estimates estimates) {
        if (store.handsOutLiveValues()) {
            context.beforeSelection(new HeapEstimates<>(states, keySerializer, estimates));
        }
    }

    /** Gives back the memory of state that user code may have read in its close, after {@link #dispose}, as in Flink. */
    void release() {
        store.release();
    }

    @Override
    public String toString() {
        return "StoreBackedKeyedStateBackend";
    }
}
