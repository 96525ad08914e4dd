package dev.weir.flink.state;

import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.TableSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
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
    private final TtlMigration ttlMigration;
    private final Map<String, RegisteredState<K, ?, ?>> states = new LinkedHashMap<>();

    StateRegistry(KeyedStore<K> store, StateSerializerProvider<K> keySerializer, TtlTimeProvider ttlTimeProvider) {
        this.store = store;
        this.keySerializer = keySerializer;
        this.ttlMigration = new TtlMigration(ttlTimeProvider);
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
        TableSpec<N, V> spec = new TableSpec<>(
                metaInfo.getName(),
                onlyNamespace(metaInfo.getNamespaceSerializer()),
                new SerializerCodec<>(metaInfo.getStateSerializer()),
                Words.ofImmutable(metaInfo.getStateSerializer()));
        RegisteredState<K, N, V> registered = new RegisteredState<>(store.create(spec), metaInfo);
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
        // Objects on the heap need no other migration: they are written with the new serializer by the next snapshot.
        if (values.isCompatibleAfterMigration() && TtlAwareSerializer.needTtlStateMigration(previous, next)) {
            ttlMigration.migrate(
                    registered.table(), descriptor.getType(), TtlAwareSerializer.isSerializerTtlEnabled(next));
        }
        registered.changeMetaInfo(upgradesAllowed ? metaInfo.withSerializerUpgradesAllowed() : metaInfo);
    }

    /** Flink's message, and the state's name. */
    private static StateMigrationException incompatible(
            String what,
            String must,
            StateDescriptor<?, ?> descriptor,
            TypeSerializer<?> next,
            TypeSerializer<?> previous) {
        return new StateMigrationException("For heap backends, the new " + what + " serializer (" + next
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
                    case LIST -> new ListTableState<>((RegisteredState<K, N, List<Object>>) any, keys);
                    case MAP -> new MapTableState<>((RegisteredState<K, N, Map<Object, Object>>) any, keys);
                    case REDUCING -> new ReducingTableState<>(registered, keys, descriptor);
                    case AGGREGATING -> new AggregatingTableState<>(registered, keys, descriptor);
                    default ->
                        throw new FlinkRuntimeException("cannot create state '" + descriptor.getName()
                                + "': unknown type " + descriptor.getType() + " of " + descriptor.getClass());
                };
        return (TableState<K, N, V>) state;
    }
}
