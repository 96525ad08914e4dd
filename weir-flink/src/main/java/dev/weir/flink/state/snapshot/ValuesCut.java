package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.HashBuckets;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableChanges;
import dev.weir.engine.state.TableCut;
import dev.weir.engine.state.TableEntry;
import dev.weir.rocksdb.StoredCut;
import dev.weir.rocksdb.StoredEntries;
import dev.weir.rocksdb.tiered.TieredCut;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.OptionalInt;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.state.ListDelimitedSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.SerializedCompositeKeyBuilder;
import org.apache.flink.runtime.state.StateSnapshotTransformer;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.jspecify.annotations.Nullable;

/** The values of one state at a cut. */
final class ValuesCut<K, N, V> implements StateCut {

    private final StateMetaInfoSnapshot metaInfo;
    private final StateDescriptor.Type type;
    private final TypeSerializer<K> keySerializer;
    private final TypeSerializer<N> namespaceSerializer;
    private final TypeSerializer<V> valueSerializer;
    private final @Nullable StateSnapshotTransformer<V> transformer;
    private final boolean whole;
    private final int prefixBytes;
    private final KeyedTable<K, N, V> table;
    private final TableCut<K, N, V> values;

    /**
     * @param keySerializer the writing thread's own
     * @param prefixBytes what a key group takes at the beginning of a canonical key
     */
    ValuesCut(
            RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo,
            TypeSerializer<K> keySerializer,
            KeyedTable<K, N, V> table,
            int prefixBytes) {
        this.metaInfo = metaInfo.snapshot();
        this.type = metaInfo.getStateType();
        this.keySerializer = keySerializer;
        this.namespaceSerializer = metaInfo.getNamespaceSerializer().duplicate();
        this.valueSerializer = metaInfo.getStateSerializer().duplicate();
        this.transformer = metaInfo.getStateSnapshotTransformFactory()
                .createForDeserializedState()
                .orElse(null);
        this.whole = metaInfo.getStateSnapshotTransformFactory() instanceof WholeSnapshots;
        this.prefixBytes = prefixBytes;
        this.table = table;
        this.values = table.cut();
    }

    boolean isOf(KeyedTable<?, ?, ?> other) {
        return table == other;
    }

    TableCut<K, N, V> values() {
        return values;
    }

    @Override
    public StateMetaInfoSnapshot metaInfo() {
        return metaInfo;
    }

    @Override
    public void write(int keyGroup, EntryBuffer out) throws IOException {
        if (transformer == null) {
            write(values.size(keyGroup), values.entries(keyGroup), out);
        } else {
            List<TableEntry<K, N, V>> written = transformed(keyGroup, transformer);
            write(written.size(), written.iterator(), out);
        }
    }

    private void write(int size, Iterator<TableEntry<K, N, V>> entries, EntryBuffer out) throws IOException {
        DataOutputView view = out.view();
        view.writeInt(size);
        while (entries.hasNext()) {
            TableEntry<K, N, V> entry = entries.next();
            namespaceSerializer.serialize(entry.namespace(), view);
            keySerializer.serialize(entry.key(), view);
            valueSerializer.serialize(entry.value(), view);
            out.spill();
        }
    }

    @Override
    public OptionalInt version() {
        // what a transformer leaves out by the time of the cut may lie in buckets without a change
        return whole ? OptionalInt.empty() : OptionalInt.of(values.version());
    }

    @Override
    public void writeChanges(int keyGroup, OptionalInt earlierVersion, EntryBuffer out) throws IOException {
        TableChanges<K, N, V> changes = earlierVersion.isPresent() ? values.since(earlierVersion.getAsInt()) : null;
        if (changes == null) {
            out.view().writeInt(EntriesReader.ALL_BUCKETS_COUNTED);
            out.view().writeInt(values.size(keyGroup));
            writeInBuckets(values.entries(keyGroup), out);
        } else {
            BitSet changed = changes.buckets(keyGroup);
            out.view().writeInt(changed.cardinality());
            for (int bucket = changed.nextSetBit(0); bucket >= 0; bucket = changed.nextSetBit(bucket + 1)) {
                out.view().writeShort(bucket);
            }
            writeInBuckets(changed.isEmpty() ? Collections.emptyIterator() : changes.entries(keyGroup, changed), out);
        }
    }

    private void writeInBuckets(Iterator<TableEntry<K, N, V>> entries, EntryBuffer out) throws IOException {
        DataOutputView view = out.view();
        while (entries.hasNext()) {
            TableEntry<K, N, V> entry = entries.next();
            V value = transformer == null ? entry.value() : transformer.filterOrTransform(entry.value());
            if (transformer != null && value == null) {
                continue;
            }
            view.writeBoolean(true);
            view.writeShort(HashBuckets.of(entry.key().hashCode()));
            namespaceSerializer.serialize(entry.namespace(), view);
            keySerializer.serialize(entry.key(), view);
            valueSerializer.serialize(value, view);
            out.spill();
        }
        view.writeBoolean(false);
    }

    /** What is left is known only when all entries have been asked: the clock may change the answer. */
    private List<TableEntry<K, N, V>> transformed(int keyGroup, StateSnapshotTransformer<V> filter) {
        List<TableEntry<K, N, V>> kept = new ArrayList<>();
        new Transformed<>(values.entries(keyGroup), filter).forEachRemaining(kept::add);
        return kept;
    }

    @Override
    public CanonicalEntries canonical(int keyGroup) {
        if (transformer != null) {
            return new Canonical(keyGroup, new Transformed<>(values.entries(keyGroup), transformer));
        }
        StoredEntries stored = stored(keyGroup);
        return stored == null ? new Canonical(keyGroup, values.entries(keyGroup)) : new AsStored(stored);
    }

    /** The entries of a key group as they are stored, null where they are not. */
    private @Nullable StoredEntries stored(int keyGroup) {
        if (values instanceof StoredCut<K, N, V> all) {
            return all.stored(keyGroup);
        }
        return values instanceof TieredCut<K, N, V> tiers ? tiers.stored(keyGroup) : null;
    }

    /** The entries of which something is left, one at a time. */
    private static final class Transformed<K, N, V> implements Iterator<TableEntry<K, N, V>> {
        private final Iterator<TableEntry<K, N, V>> entries;
        private final StateSnapshotTransformer<V> filter;
        private @Nullable TableEntry<K, N, V> next;

        Transformed(Iterator<TableEntry<K, N, V>> entries, StateSnapshotTransformer<V> filter) {
            this.entries = entries;
            this.filter = filter;
        }

        @Override
        public boolean hasNext() {
            while (next == null && entries.hasNext()) {
                TableEntry<K, N, V> entry = entries.next();
                V value = filter.filterOrTransform(entry.value());
                next = value == null ? null : new TableEntry<>(entry.key(), entry.namespace(), value);
            }
            return next != null;
        }

        @Override
        public TableEntry<K, N, V> next() {
            TableEntry<K, N, V> entry = hasNext() ? next : null;
            if (entry == null) {
                throw new NoSuchElementException();
            }
            next = null;
            return entry;
        }
    }

    @Override
    public void release() {
        values.close();
    }

    /** Values and lists as one entry each, maps as an entry for each of theirs; empty lists and maps are left out. */
    private final class Canonical implements CanonicalEntries {
        private final int keyGroup;
        private final Iterator<TableEntry<K, N, V>> rest;
        private final SerializedCompositeKeyBuilder<K> keys =
                new SerializedCompositeKeyBuilder<>(keySerializer, prefixBytes, 32);
        private final DataOutputSerializer out = new DataOutputSerializer(64);
        private final ListDelimitedSerializer lists = new ListDelimitedSerializer();
        private Iterator<? extends Map.Entry<?, ?>> inMap = Collections.emptyIterator();
        private byte[] key = {};
        private byte[] value = {};

        Canonical(int keyGroup, Iterator<TableEntry<K, N, V>> entries) {
            this.keyGroup = keyGroup;
            this.rest = entries;
        }

        @Override
        public boolean advance() throws IOException {
            while (!inMap.hasNext()) {
                if (!rest.hasNext()) {
                    return false;
                }
                TableEntry<K, N, V> entry = rest.next();
                keys.setKeyAndKeyGroup(entry.key(), keyGroup);
                keys.setNamespace(entry.namespace(), namespaceSerializer);
                switch (type) {
                    case MAP -> inMap = ((Map<?, ?>) present(entry)).entrySet().iterator();
                    case LIST -> {
                        List<?> list = (List<?>) present(entry);
                        if (!list.isEmpty()) {
                            key = keys.build();
                            value = list(list, (ListSerializer<?>) valueSerializer);
                            return true;
                        }
                    }
                    default -> {
                        key = keys.build();
                        out.clear();
                        valueSerializer.serialize(entry.value(), out);
                        value = out.getCopyOfBuffer();
                        return true;
                    }
                }
            }
            mapEntry(inMap.next(), (MapSerializer<?, ?>) valueSerializer);
            return true;
        }

        private static Object present(TableEntry<?, ?, ?> entry) {
            return Objects.requireNonNull(entry.value(), "a list or map state holds null in place of its value");
        }

        @SuppressWarnings("unchecked") // a list and the serializer of its state
        private <E> byte[] list(List<?> list, ListSerializer<E> serializer) throws IOException {
            return lists.serializeList((List<E>) list, serializer.getElementSerializer());
        }

        @SuppressWarnings("unchecked") // an entry and the serializer of its state
        private <UK, UV> void mapEntry(Map.Entry<?, ?> entry, MapSerializer<UK, UV> serializer) throws IOException {
            key = keys.buildCompositeKeyUserKey((UK) entry.getKey(), serializer.getKeySerializer());
            out.clear();
            out.writeBoolean(entry.getValue() == null);
            if (entry.getValue() != null) {
                serializer.getValueSerializer().serialize((UV) entry.getValue(), out);
            }
            value = out.getCopyOfBuffer();
        }

        @Override
        public byte[] key() {
            return key;
        }

        @Override
        public byte[] value() {
            return value;
        }
    }
}
