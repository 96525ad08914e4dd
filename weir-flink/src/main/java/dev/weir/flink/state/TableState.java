package dev.weir.flink.state;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.HeapTenant;
import dev.weir.engine.state.KeyedTable;
import dev.weir.rocksdb.RocksTable;
import dev.weir.rocksdb.tiered.TieredTable;
import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.jspecify.annotations.Nullable;

/** What all kinds of state share: one table of the store, seen at the current key and namespace. */
abstract class TableState<K, N, SV> implements InternalKvState<K, N, SV> {

    private final RegisteredState<K, N, SV> registered;
    private final KeyedTable<K, N, SV> table;
    private final TypeSerializer<K> keySerializer;
    private TypeSerializer<N> namespaceSerializer;
    private TypeSerializer<SV> valueSerializer;
    private @Nullable N namespace;

    TableState(RegisteredState<K, N, SV> registered, TypeSerializer<K> keySerializer) {
        this.registered = registered;
        this.table = registered.table();
        this.keySerializer = keySerializer;
        this.namespaceSerializer = registered.metaInfo().getNamespaceSerializer();
        this.valueSerializer = registered.metaInfo().getStateSerializer();
    }

    /** The state was registered again, perhaps with other serializers, default value or function. */
    void update(RegisteredState<K, N, SV> again, StateDescriptor<?, SV> descriptor) {
        namespaceSerializer = again.metaInfo().getNamespaceSerializer();
        valueSerializer = again.metaInfo().getStateSerializer();
    }

    final KeyedTable<K, N, SV> table() {
        return table;
    }

    /** Whether reads hand out the stored object. */
    final boolean isLive() {
        return registered.isLive();
    }

    /** See {@link StateTables#of}. */
    final @Nullable KeyedTable<K, N, SV> onHeap(HeapTenant tenant) {
        if (table instanceof TieredTable<K, N, SV> tiers) {
            return tiers.onHeap(tenant);
        }
        return isLive() ? table : null;
    }

    final N namespace() {
        return Objects.requireNonNull(namespace, "Provided namespace is null.");
    }

    /** See {@link StateTables#transformSnapshots}. */
    final void transformSnapshots(StateSnapshotTransformFactory<SV> transformers) {
        registered.metaInfo().updateSnapshotTransformFactory(transformers);
    }

    /** See {@link StateTables#flatten}. */
    final @Nullable FlatValues<SV> flatten() {
        FlatValues<SV> words = Words.ofStored(valueSerializer);
        if (words != null) {
            table.flatten(words);
        }
        return Words.alone(words);
    }

    /** See {@link StateTables#words}. */
    final @Nullable FlatValues<SV> words() {
        return Words.ofImmutable(valueSerializer);
    }

    @Override
    public final TypeSerializer<K> getKeySerializer() {
        return keySerializer;
    }

    @Override
    public final TypeSerializer<N> getNamespaceSerializer() {
        return namespaceSerializer;
    }

    @Override
    public final TypeSerializer<SV> getValueSerializer() {
        return valueSerializer;
    }

    @Override
    public final void setCurrentNamespace(N newNamespace) {
        namespace = Objects.requireNonNull(newNamespace, "Namespace must not be null.");
    }

    @Override
    public final void clear() {
        table.remove(namespace());
    }

    @Override
    public final byte @Nullable [] getSerializedValue(
            byte[] serializedKeyAndNamespace,
            TypeSerializer<K> safeKeySerializer,
            TypeSerializer<N> safeNamespaceSerializer,
            TypeSerializer<SV> safeValueSerializer)
            throws Exception {
        Objects.requireNonNull(safeValueSerializer);
        Tuple2<K, N> entry = KvStateSerializer.deserializeKeyAndNamespace(
                Objects.requireNonNull(serializedKeyAndNamespace),
                Objects.requireNonNull(safeKeySerializer),
                Objects.requireNonNull(safeNamespaceSerializer));
        SV value = peek(
                entry,
                new SerializerCodec<>(safeKeySerializer),
                new SerializerCodec<>(safeNamespaceSerializer),
                registered.codecs().ofValues(registered.metaInfo().getStateType(), safeValueSerializer));
        return value == null ? null : serialize(value, safeValueSerializer);
    }

    private @Nullable SV peek(Tuple2<K, N> at, Codec<K> keys, Codec<N> namespaces, Codec<SV> values)
            throws IOException {
        if (table instanceof RocksTable<K, N, SV> stored) {
            return stored.peek(at.f0, at.f1, keys, namespaces, values);
        }
        return table instanceof TieredTable<K, N, SV> tiers
                ? tiers.peek(at.f0, at.f1, keys, namespaces, values)
                : table.peek(at.f0, at.f1);
    }

    /** The value as queryable state clients read this kind of state. */
    byte[] serialize(SV value, TypeSerializer<SV> serializer) throws IOException {
        return KvStateSerializer.serializeValue(value, serializer);
    }

    /** {@inheritDoc} Of what is on the heap. As in Flink, what has expired where values are bytes goes in compaction. */
    @Override
    public final @Nullable StateIncrementalVisitor<K, N, SV> getStateIncrementalVisitor(int entriesMax) {
        if (table instanceof TieredTable<K, N, SV> tiers) {
            return new TableVisitor<>(tiers.onHeap().sweep(entriesMax));
        }
        return isLive() ? new TableVisitor<>(table.sweep(entriesMax)) : null;
    }
}
