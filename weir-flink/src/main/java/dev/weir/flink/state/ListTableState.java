package dev.weir.flink.state;

import dev.weir.engine.state.FlatValues;
import dev.weir.rocksdb.tiered.TieredTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.jspecify.annotations.Nullable;

/**
 * List state: a read gives the stored list itself, null where there is none. Where the store has it as bytes, elements are
 * appended unread. Elements that are {@linkplain StateCodecs#ofElements words} are in {@link WordList}s until they are read.
 */
final class ListTableState<K, N, V> extends MergingTableState<K, N, V, List<V>, Iterable<V>>
        implements InternalListState<K, N, V> {

    private static final String NULL_ELEMENT = "You cannot add null to a ListState.";
    private static final String NULL_LIST = "List of values to add cannot be null.";

    private final @Nullable TieredTable<K, N, List<V>> tiers;
    private final @Nullable FlatValues<V> words;

    ListTableState(RegisteredState<K, N, List<V>> registered, TypeSerializer<K> keySerializer) {
        super(registered, keySerializer);
        this.tiers = registered.table() instanceof TieredTable<K, N, List<V>> both ? both : null;
        this.words = registered.codecs().ofElements(registered.metaInfo());
    }

    @Override
    public @Nullable Iterable<V> get() {
        List<V> list = getInternal();
        if (!(list instanceof WordList)) {
            return list;
        }
        // users may keep it, change it, send it
        List<V> live = new ArrayList<>(list);
        table().put(namespace(), live);
        return live;
    }

    @Override
    public void add(V value) {
        Objects.requireNonNull(value, NULL_ELEMENT);
        TieredTable<K, N, List<V>> stored = stored();
        if (stored != null) {
            stored.<V>lists().append(namespace(), List.of(own(value)));
            return;
        }
        List<V> list = table().get(namespace());
        if (list == null) {
            list = newList();
            table().put(namespace(), list);
        }
        List<V> longer = with(list, value);
        if (longer != list) {
            table().put(namespace(), longer);
        }
    }

    @Override
    public void addAll(List<V> values) throws Exception {
        Objects.requireNonNull(values, NULL_LIST);
        if (values.isEmpty()) {
            return;
        }
        TieredTable<K, N, List<V>> stored = stored();
        if (stored != null) {
            stored.<V>lists().append(namespace(), append(newList(), values));
        } else {
            table().transform(
                            namespace(),
                            values,
                            (present, added) -> append(present == null ? newList() : present, added));
        }
    }

    /** The table where the current key's list is bytes in RocksDB, null where it is a list. */
    private @Nullable TieredTable<K, N, List<V>> stored() {
        TieredTable<K, N, List<V>> both = tiers;
        return both != null && both.isStored() ? both : null;
    }

    @Override
    public void update(List<V> values) {
        Objects.requireNonNull(values, NULL_LIST);
        if (values.isEmpty()) {
            clear();
        } else {
            table().put(namespace(), append(newList(), values));
        }
    }

    @Override
    List<V> merge(List<V> first, List<V> second) {
        return append(first, second);
    }

    /** A comma between elements, as RocksDB's merge operator puts it, is what clients expect. */
    @Override
    byte[] serialize(List<V> value, TypeSerializer<List<V>> serializer) throws IOException {
        TypeSerializer<V> elements = ((ListSerializer<V>) serializer).getElementSerializer();
        DataOutputSerializer out = new DataOutputSerializer(64);
        for (int i = 0; i < value.size(); i++) {
            if (i > 0) {
                out.writeByte(',');
            }
            elements.serialize(value.get(i), out);
        }
        return out.getCopyOfBuffer();
    }

    /** Words where the current key's list is on the heap and can be words. */
    private List<V> newList() {
        return words == null || stored() != null ? new ArrayList<>() : new WordList<>(words);
    }

    private List<V> append(List<V> present, List<V> values) {
        List<V> list = present;
        for (V value : values) {
            list = with(list, Objects.requireNonNull(value, NULL_ELEMENT));
        }
        return list;
    }

    private List<V> with(List<V> list, V value) {
        return WordList.with(list, list instanceof WordList ? value : own(value));
    }

    /** What a list has of a value: a copy where that would be words, whether the list is words or not. */
    private V own(V value) {
        FlatValues<V> shape = words;
        if (shape == null || !(value instanceof Tuple) || !shape.fits(value)) {
            return value;
        }
        long[] copied = new long[shape.words()];
        shape.write(value, copied, 0);
        return shape.read(copied, 0);
    }
}
