package dev.weir.flink.state;

import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.jspecify.annotations.Nullable;

/**
 * Map state: iterations are over the stored map itself, so entries can be set and removed through them. It is a
 * {@link WordMap} while it is small and of boxed primitives, else a {@link HashMap}, and their order is the same.
 */
final class MapTableState<K, N, UK, UV> extends TableState<K, N, Map<UK, UV>>
        implements InternalMapState<K, N, UK, UV> {

    private final WordMap.@Nullable Shape<UK, UV> shape;

    MapTableState(RegisteredState<K, N, Map<UK, UV>> registered, TypeSerializer<K> keySerializer) {
        super(registered, keySerializer);
        // with TTL, values are wrapped
        TypeSerializer<Map<UK, UV>> serializer = registered.metaInfo().getStateSerializer();
        this.shape = serializer instanceof MapSerializer<UK, UV> entries
                ? WordMap.Shape.of(entries.getKeySerializer(), entries.getValueSerializer())
                : null;
    }

    @Override
    public @Nullable UV get(UK key) {
        Map<UK, UV> map = present();
        return map == null ? null : map.get(key);
    }

    @Override
    public void put(UK key, UV value) {
        Map<UK, UV> map = present();
        if (map == null && shape != null) {
            WordMap<UK, UV> words = new WordMap<>(shape);
            if (words.set(key, value)) {
                table().put(namespace(), words);
                return;
            }
        } else if (map instanceof WordMap<UK, UV> words && words.set(key, value)) {
            return;
        }
        roomy(map).put(key, value);
    }

    @Override
    public void putAll(Map<UK, UV> entries) {
        // the sizes that come together decide on a HashMap's order
        roomy(present()).putAll(entries);
    }

    @Override
    public void remove(UK key) {
        Map<UK, UV> map = present();
        if (map == null) {
            return;
        }
        map.remove(key);
        if (map.isEmpty()) {
            clear();
        }
    }

    @Override
    public boolean contains(UK key) {
        Map<UK, UV> map = present();
        return map != null && map.containsKey(key);
    }

    @Override
    public Iterable<Map.Entry<UK, UV>> entries() {
        Map<UK, UV> map = present();
        return map == null ? Collections.emptySet() : map.entrySet();
    }

    @Override
    public Iterable<UK> keys() {
        Map<UK, UV> map = present();
        return map == null ? Collections.emptySet() : map.keySet();
    }

    @Override
    public Iterable<UV> values() {
        Map<UK, UV> map = present();
        return map == null ? Collections.emptySet() : map.values();
    }

    @Override
    public Iterator<Map.Entry<UK, UV>> iterator() {
        return entries().iterator();
    }

    @Override
    public boolean isEmpty() {
        Map<UK, UV> map = present();
        return map == null || map.isEmpty();
    }

    @Override
    byte[] serialize(Map<UK, UV> value, TypeSerializer<Map<UK, UV>> serializer) throws IOException {
        MapSerializer<UK, UV> entries = (MapSerializer<UK, UV>) serializer;
        return KvStateSerializer.serializeMap(
                value.entrySet(), entries.getKeySerializer(), entries.getValueSerializer());
    }

    private @Nullable Map<UK, UV> present() {
        return table().get(namespace());
    }

    /** The stored map, as one that takes any entry. */
    private Map<UK, UV> roomy(@Nullable Map<UK, UV> map) {
        if (map != null && !(map instanceof WordMap)) {
            return map;
        }
        Map<UK, UV> roomy = map == null ? new HashMap<>() : ((WordMap<UK, UV>) map).grown();
        table().put(namespace(), roomy);
        return roomy;
    }
}
