package dev.weir.flink.state;

import dev.weir.rocksdb.tiered.SpilledMaps;
import dev.weir.rocksdb.tiered.TieredTable;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.jspecify.annotations.Nullable;

/**
 * Map state in two tiers: that of live maps where the key is on the heap, else one of live values whose entries are read and
 * written by themselves. Iterations are in the order of the one or the other.
 */
final class TieredMapState<K, N, UK, UV> extends TableState<K, N, Map<UK, UV>>
        implements InternalMapState<K, N, UK, UV> {

    private final TieredTable<K, N, Map<UK, UV>> tiers;
    private final MapTableState<K, N, UK, UV> onHeap;

    TieredMapState(RegisteredState<K, N, Map<UK, UV>> registered, TypeSerializer<K> keySerializer) {
        super(registered, keySerializer);
        this.tiers = (TieredTable<K, N, Map<UK, UV>>) registered.table();
        this.onHeap = new MapTableState<>(registered, keySerializer);
    }

    @Override
    void update(RegisteredState<K, N, Map<UK, UV>> again, StateDescriptor<?, Map<UK, UV>> descriptor) {
        super.update(again, descriptor);
        onHeap.update(again, descriptor);
    }

    private boolean isStored() {
        return tiers.isStored();
    }

    private MapTableState<K, N, UK, UV> live() {
        onHeap.setCurrentNamespace(namespace());
        return onHeap;
    }

    private SpilledMaps<K, N, UK, UV> stored() {
        return tiers.maps();
    }

    @Override
    public @Nullable UV get(UK key) {
        return isStored() ? stored().get(namespace(), key) : live().get(key);
    }

    @Override
    public void put(UK key, UV value) {
        if (isStored()) {
            stored().put(namespace(), key, value);
        } else {
            live().put(key, value);
        }
    }

    @Override
    public void putAll(Map<UK, UV> entries) {
        if (isStored()) {
            entries.forEach(this::put);
        } else {
            live().putAll(entries);
        }
    }

    @Override
    public void remove(UK key) {
        if (isStored()) {
            stored().remove(namespace(), key);
        } else {
            live().remove(key);
        }
    }

    @Override
    public boolean contains(UK key) {
        return isStored() ? stored().contains(namespace(), key) : live().contains(key);
    }

    @Override
    public Iterable<Map.Entry<UK, UV>> entries() {
        return isStored() ? this::iterator : live().entries();
    }

    @Override
    public Iterable<UK> keys() {
        return isStored() ? () -> stored().keys(namespace()) : live().keys();
    }

    @Override
    public Iterable<UV> values() {
        return isStored() ? () -> new Values<>(iterator()) : live().values();
    }

    @Override
    public Iterator<Map.Entry<UK, UV>> iterator() {
        return isStored() ? stored().entries(namespace()) : live().iterator();
    }

    @Override
    public boolean isEmpty() {
        return isStored() ? stored().isEmpty(namespace()) : live().isEmpty();
    }

    @Override
    byte[] serialize(Map<UK, UV> value, TypeSerializer<Map<UK, UV>> serializer) throws IOException {
        return onHeap.serialize(value, serializer);
    }

    /** The values of an iteration over entries. */
    private record Values<UK, UV>(Iterator<Map.Entry<UK, UV>> entries) implements Iterator<UV> {
        @Override
        public boolean hasNext() {
            return entries.hasNext();
        }

        @Override
        public UV next() {
            return entries.next().getValue();
        }

        @Override
        public void remove() {
            entries.remove();
        }
    }
}
