package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyedTable;
import dev.weir.rocksdb.Load;
import dev.weir.rocksdb.RocksTable;
import dev.weir.rocksdb.tiered.TieredTable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.ListDelimitedSerializer;
import org.jspecify.annotations.Nullable;

/** Reads the values of one state. */
final class ValuesReader<K, N, V> extends EntriesReader<K, N, V> {

    private final KeyContext<K> context;
    private final KeyedTable<K, N, V> table;
    private final StateDescriptor.Type type;
    private final int prefixBytes;
    private final boolean ambiguous;
    private final UnaryOperator<V> kept;
    private final @Nullable Load load;
    private final DataInputDeserializer key = new DataInputDeserializer();
    private final DataInputDeserializer value = new DataInputDeserializer();
    private final ListDelimitedSerializer lists = new ListDelimitedSerializer();

    ValuesReader(
            KeyContext<K> context,
            TypeSerializer<K> keySerializer,
            RestoredStates.Values<K, N, V> values,
            int prefixBytes) {
        super(values.metaInfo(), keySerializer);
        this.context = context;
        this.table = values.table();
        this.type = values.metaInfo().getStateType();
        this.prefixBytes = prefixBytes;
        this.kept = values.kept();
        this.load = values.load();
        this.ambiguous = CompositeKeySerializationUtils.isAmbiguousKeyPossible(keySerializer, namespaceSerializer());
    }

    // The key group is that of the file: what the key's hash code says was another process's business.
    @Override
    void put(int keyGroup, K selected, N namespace, V present) {
        context.select(selected, selected.hashCode(), keyGroup);
        table.put(namespace, kept.apply(present));
    }

    @Override
    void expect(int keyGroup, int entries) {
        table.expect(keyGroup, entries);
    }

    @Override
    public void take(int keyGroup, byte[] entryKey, byte[] entryValue) throws IOException {
        if (load != null && table instanceof RocksTable<K, N, V> stored) {
            stored.load(load, entryKey, entryValue);
            return;
        }
        key.setBuffer(entryKey);
        key.skipBytesToRead(prefixBytes);
        K selected = CompositeKeySerializationUtils.readKey(keySerializer(), key, ambiguous);
        context.select(selected, selected.hashCode(), keyGroup);
        N namespace = CompositeKeySerializationUtils.readNamespace(namespaceSerializer(), key, ambiguous);
        switch (type) {
            case LIST -> table.put(namespace, kept.apply(list(entryValue)));
            case MAP -> putInMap(namespace, entryValue, (MapSerializer<?, ?>) valueSerializer());
            default -> {
                value.setBuffer(entryValue);
                table.put(namespace, valueSerializer().deserialize(value));
            }
        }
    }

    @SuppressWarnings("unchecked") // the values of a list state are lists
    private V list(byte[] bytes) throws IOException {
        return (V) lists.deserializeList(bytes, ((ListSerializer<?>) valueSerializer()).getElementSerializer());
    }

    @SuppressWarnings("unchecked") // the values of a map state are maps
    private <UK, UV> void putInMap(N namespace, byte[] bytes, MapSerializer<UK, UV> serializer) throws IOException {
        UK userKey = serializer.getKeySerializer().deserialize(key);
        value.setBuffer(bytes);
        UV userValue =
                value.readBoolean() ? null : serializer.getValueSerializer().deserialize(value);
        if (table instanceof TieredTable<K, N, V> tiers && tiers.isStored()) {
            tiers.<UK, UV>maps().put(namespace, userKey, userValue);
            return;
        }
        Map<UK, UV> map = (Map<UK, UV>) table.get(namespace);
        if (map == null) {
            map = new HashMap<>();
            table.put(namespace, (V) map);
        }
        map.put(userKey, userValue);
    }
}
