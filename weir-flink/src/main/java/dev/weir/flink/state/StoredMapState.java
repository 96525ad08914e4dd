package dev.weir.flink.state;

import dev.weir.rocksdb.MapTable;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.jspecify.annotations.Nullable;

/** Map state in a store of bytes: each entry is read and written by itself, iterations are in the order of bytes. */
final class StoredMapState<K, N, UK, UV> extends TableState<K, N, Map<UK, UV>>
        implements InternalMapState<K, N, UK, UV> {

    private final MapTable<K, N, UK, UV> maps;

    StoredMapState(RegisteredState<K, N, Map<UK, UV>> registered, TypeSerializer<K> keySerializer) {
        super(registered, keySerializer);
        this.maps = (MapTable<K, N, UK, UV>) registered.table();
    }

    @Override
    public @Nullable UV get(UK key) {
        return maps.get(namespace(), key);
    }

    @Override
    public void put(UK key, @Nullable UV value) {
        maps.put(namespace(), key, value);
    }

    @Override
    public void putAll(@Nullable Map<UK, UV> entries) {
        if (entries != null) {
            entries.forEach(this::put);
        }
    }

    @Override
    public void remove(UK key) {
        maps.remove(namespace(), key);
    }

    @Override
    public boolean contains(UK key) {
        return maps.contains(namespace(), key);
    }

    @Override
    public Iterable<Map.Entry<UK, UV>> entries() {
        return this::iterator;
    }

    @Override
    public Iterable<UK> keys() {
        return () -> new Part<>(iterator(), Map.Entry::getKey);
    }

    @Override
    public Iterable<UV> values() {
        return () -> new Part<>(iterator(), Map.Entry::getValue);
    }

    @Override
    public Iterator<Map.Entry<UK, UV>> iterator() {
        return maps.entries(namespace());
    }

    @Override
    public boolean isEmpty() {
        return !maps.contains(namespace());
    }

    @Override
    byte[] serialize(Map<UK, UV> value, TypeSerializer<Map<UK, UV>> serializer) throws IOException {
        MapSerializer<UK, UV> entries = (MapSerializer<UK, UV>) serializer;
        return KvStateSerializer.serializeMap(
                value.entrySet(), entries.getKeySerializer(), entries.getValueSerializer());
    }

    /** The keys or the values of an iteration over entries. */
    private record Part<UK, UV, T>(Iterator<Map.Entry<UK, UV>> entries, Function<Map.Entry<UK, UV>, T> part)
            implements Iterator<T> {
        @Override
        public boolean hasNext() {
            return entries.hasNext();
        }

        @Override
        public T next() {
            return part.apply(entries.next());
        }

        @Override
        public void remove() {
            entries.remove();
        }
    }
}
