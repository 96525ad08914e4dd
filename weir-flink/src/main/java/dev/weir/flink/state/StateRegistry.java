package dev.weir.flink.state;

import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.TableSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializerSnapshot;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/** The states registered with one backend, by name, and the rules for registering one again with other serializers. */
final class StateRegistry<K> {

    private final KeyedStore<K> store;
    private final StateSerializerProvider<K> keySerializer;
    private final StateCodecs codecs;
    private final TtlMigration ttlMigration;
    private final ColumnListener columns;
    private final Map<String, RegisteredState<K, ?, ?>> states = new LinkedHashMap<>();

    /** Hears of states before their tables are made. */
    interface ColumnListener {

        /** Does nothing. */
        ColumnListener NONE = new ColumnListener() {
            @Override
            public void creates(RegisteredKeyValueStateBackendMetaInfo<?, ?> state) {}

            @Override
            public void registered(StateDescriptor<?, ?> descriptor, TypeSerializer<?> serializer) {}
        };

        /** A table for a state is about to be made, or made again. */
        void creates(RegisteredKeyValueStateBackendMetaInfo<?, ?> state);

        /** A state with a table has been registered. */
        void registered(StateDescriptor<?, ?> descriptor, TypeSerializer<?> serializer);
    }

    StateRegistry(
            KeyedStore<K> store,
            StateSerializerProvider<K> keySerializer,
            ClassLoader userLoader,
            TtlTimeProvider ttlTimeProvider,
            ColumnListener columns) {
        this.store = store;
        this.keySerializer = keySerializer;
        this.codecs = new StateCodecs(StateCodecs.Kept.by(store), userLoader);
        this.ttlMigration = new TtlMigration(ttlTimeProvider);
        this.columns = columns;
    }

    /** The state object of the descriptor, made at the first call and brought up to date at later ones. */
    <N, V> TableState<K, N, V> createOrUpdate(
            TypeSerializer<N> namespaceSerializer,
            StateDescriptor<?, V> descriptor,
            StateSnapshotTransformFactory<V> transformFactory,
            boolean upgradesAllowed)
            throws Exception {
        RegisteredState<K, N, V> registered = typed(states.get(descriptor.getName()));
        if (registered == null) {
            registered = register(namespaceSerializer, descriptor, transformFactory, upgradesAllowed);
        } else {
            registerAgain(registered, namespaceSerializer, descriptor, transformFactory, upgradesAllowed);
        }
        columns.registered(descriptor, registered.metaInfo().getStateSerializer());
        TableState<K, N, V> state = registered.state();
        if (state == null) {
            state = newState(registered, descriptor);
            registered.changeState(state);
        } else {
            state.update(registered, descriptor);
        }
        return state;
    }

    /** The state of this name, null where none is registered. */
    @Nullable
    RegisteredState<K, ?, ?> find(String name) {
        return states.get(name);
    }

    /** All states, in the order they were registered. */
    Iterable<RegisteredState<K, ?, ?>> all() {
        return states.values();
    }

    void clear() {
        states.clear();
    }

    private <N, V> RegisteredState<K, N, V> register(
            TypeSerializer<N> namespaceSerializer,
            StateDescriptor<?, V> descriptor,
            StateSnapshotTransformFactory<V> transformFactory,
            boolean upgradesAllowed) {
        RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo = new RegisteredKeyValueStateBackendMetaInfo<>(
                descriptor.getType(),
                descriptor.getName(),
                namespaceSerializer,
                descriptor.getSerializer(),
                transformFactory);
        return add(upgradesAllowed ? metaInfo.withSerializerUpgradesAllowed() : metaInfo);
    }

    private <N, V> RegisteredState<K, N, V> add(RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
        columns.creates(metaInfo);
        TableSpec<N, V> spec = new TableSpec<>(
                metaInfo.getName(),
                onlyNamespace(metaInfo.getNamespaceSerializer()),
                new SerializerCodec<>(metaInfo.getNamespaceSerializer()),
                codecs.ofValues(metaInfo),
                Words.ofImmutable(metaInfo.getStateSerializer()));
        RegisteredState<K, N, V> registered = new RegisteredState<>(store.create(spec), codecs, metaInfo);
        states.put(metaInfo.getName(), registered);
        return registered;
    }

    /** The state of a snapshot, until it is registered with the types that it had then. */
    RegisteredState<K, ?, ?> restored(StateMetaInfoSnapshot snapshot) {
        RegisteredState<K, ?, ?> present = states.get(snapshot.getName());
        return present != null ? present : add(new RegisteredKeyValueStateBackendMetaInfo<>(snapshot));
    }

    private <N, V> void registerAgain(
            RegisteredState<K, N, V> registered,
            TypeSerializer<N> namespaceSerializer,
            StateDescriptor<?, V> descriptor,
            StateSnapshotTransformFactory<V> transformFactory,
            boolean upgradesAllowed)
            throws Exception {
        RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo = registered.metaInfo();
        metaInfo.updateSnapshotTransformFactory(transformFactory);
        // The serializers of before cannot be asked for once an incompatible one is registered.
        TypeSerializer<N> previousNamespace = metaInfo.getNamespaceSerializer();
        TypeSerializerSchemaCompatibility<N> namespace = metaInfo.updateNamespaceSerializer(namespaceSerializer);
        if (namespace.isCompatibleAfterMigration() || namespace.isIncompatible()) {
            throw incompatible("namespace", "be compatible", descriptor, namespaceSerializer, previousNamespace);
        }
        metaInfo.checkStateMetaInfo(descriptor);
        TypeSerializer<V> next = descriptor.getSerializer();
        TypeSerializer<V> previous = metaInfo.getStateSerializer();
        TypeSerializerSchemaCompatibility<V> values = metaInfo.updateStateSerializer(next);
        if (values.isIncompatible()) {
            throw incompatible("state", "not be incompatible", descriptor, next, previous);
        }
        boolean ttlChanges = TtlAwareSerializer.needTtlStateMigration(previous, next);
        // Objects on the heap need no other migration: they are written with the new serializer by the next snapshot.
        if (values.isCompatibleAfterMigration() && (ttlChanges || codecs.kept() != StateCodecs.Kept.OBJECTS)) {
            migrate(registered, descriptor, ttlChanges);
        }
        registered.changeMetaInfo(upgradesAllowed ? metaInfo.withSerializerUpgradesAllowed() : metaInfo);
    }

    private <N, V> void migrate(
            RegisteredState<K, N, V> registered, StateDescriptor<?, V> descriptor, boolean ttlChanges)
            throws Exception {
        RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo = registered.metaInfo();
        if (!registered.isLive() && descriptor.getType() == StateDescriptor.Type.MAP) {
            checkMapKeys(metaInfo);
        }
        columns.creates(metaInfo);
        UnaryOperator<V> change = ttlChanges
                ? ttlMigration.change(
                        descriptor.getType(), TtlAwareSerializer.isSerializerTtlEnabled(metaInfo.getStateSerializer()))
                : UnaryOperator.identity();
        registered.table().migrate(codecs.ofValues(metaInfo), change);
    }

    /** Flink's rule for stored maps: the bytes of their keys stay as they are. */
    private static <N, V> void checkMapKeys(RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo)
            throws StateMigrationException {
        TypeSerializerSnapshot<?> previous = metaInfo.getPreviousStateSerializerSnapshot();
        TypeSerializer<?> next = metaInfo.getStateSerializer();
        if (previous instanceof MapSerializerSnapshot<?, ?> of
                && next instanceof MapSerializer<?, ?> now
                && !keysStay(of.getKeySerializerSnapshot(), now.getKeySerializer())) {
            throw new StateMigrationException("The new serializer for a MapState requires state migration in order for"
                    + " the job to proceed, since the key schema has changed. However, migration for MapState currently"
                    + " only allows value schema evolutions. The state is '" + metaInfo.getName() + "'.");
        }
    }

    @SuppressWarnings("unchecked") // serializers of one state's keys, then and now
    private static <U> boolean keysStay(TypeSerializerSnapshot<?> previous, TypeSerializer<U> next) {
        return next.snapshotConfiguration()
                .resolveSchemaCompatibility((TypeSerializerSnapshot<U>) previous)
                .isCompatibleAsIs();
    }

    /** Flink's message, and the state's name. */
    private StateMigrationException incompatible(
            String what,
            String must,
            StateDescriptor<?, ?> descriptor,
            TypeSerializer<?> next,
            TypeSerializer<?> previous) {
        return new StateMigrationException((store.handsOutLiveValues() ? "For heap backends, the new " : "The new ")
                + what + " serializer (" + next
                + ") must " + must + " with the old " + what + " serializer (" + previous + "). The state is '"
                + descriptor.getName() + "'.");
    }

    // One type of namespace needs no place in the table.
    @SuppressWarnings("unchecked")
    private static <N> @Nullable N onlyNamespace(TypeSerializer<N> serializer) {
        return serializer instanceof VoidNamespaceSerializer ? (N) VoidNamespace.INSTANCE : null;
    }

    // The name of a state stands for its types: checkStateMetaInfo and the serializers' compatibility guard it.
    @SuppressWarnings("unchecked")
    private static <K, N, V> @Nullable RegisteredState<K, N, V> typed(@Nullable RegisteredState<K, ?, ?> registered) {
        return (RegisteredState<K, N, V>) registered;
    }

    // The descriptor's type tells what V is, which the compiler cannot follow.
    @SuppressWarnings("unchecked")
    private <N, V> TableState<K, N, V> newState(RegisteredState<K, N, V> registered, StateDescriptor<?, V> descriptor) {
        TypeSerializer<K> keys = keySerializer.currentSchemaSerializer();
        RegisteredState<K, N, ?> any = registered;
        TableState<K, N, ?> state =
                switch (descriptor.getType()) {
                    case VALUE -> new ValueTableState<>(registered, keys, descriptor);
                    case LIST ->
                        registered.isLive()
                                ? new ListTableState<>((RegisteredState<K, N, List<Object>>) any, keys)
                                : new StoredListState<>((RegisteredState<K, N, List<Object>>) any, keys);
                    case MAP -> newMapState((RegisteredState<K, N, Map<Object, Object>>) any, keys);
                    case REDUCING -> new ReducingTableState<>(registered, keys, descriptor);
                    case AGGREGATING -> new AggregatingTableState<>(registered, keys, descriptor);
                    default ->
                        throw new FlinkRuntimeException("cannot create state '" + descriptor.getName()
                                + "': unknown type " + descriptor.getType() + " of " + descriptor.getClass());
                };
        return (TableState<K, N, V>) state;
    }

    private <N> TableState<K, N, ?> newMapState(
            RegisteredState<K, N, Map<Object, Object>> registered, TypeSerializer<K> keys) {
        return switch (codecs.kept()) {
            case OBJECTS -> new MapTableState<>(registered, keys);
            case BYTES -> new StoredMapState<>(registered, keys);
            case BOTH -> new TieredMapState<>(registered, keys);
        };
    }
}
