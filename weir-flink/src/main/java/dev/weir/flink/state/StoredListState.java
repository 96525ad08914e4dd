package dev.weir.flink.state;

import dev.weir.rocksdb.ListTable;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.runtime.state.ListDelimitedSerializer;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.jspecify.annotations.Nullable;

/** List state in a store of bytes: a read gives a list of the caller's own, and elements are appended unread. */
final class StoredListState<K, N, V> extends MergingTableState<K, N, V, List<V>, Iterable<V>>
        implements InternalListState<K, N, V> {

    private static final String NULL_ELEMENT = "You cannot add null to a ListState.";
    private static final String NULL_IN_LIST = "You cannot add null to a value list.";
    private static final String NULL_LIST = "List of values to add cannot be null.";

    private final ListTable<K, N, V> lists;

    StoredListState(RegisteredState<K, N, List<V>> registered, TypeSerializer<K> keySerializer) {
        super(registered, keySerializer);
        this.lists = (ListTable<K, N, V>) registered.table();
    }

    @Override
    public @Nullable Iterable<V> get() {
        return getInternal();
    }

    @Override
    public void add(V value) {
        Objects.requireNonNull(value, NULL_ELEMENT);
        lists.append(namespace(), List.of(value));
    }

    @Override
    public void addAll(List<V> values) {
        Objects.requireNonNull(values, NULL_LIST);
        if (!values.isEmpty()) {
            lists.append(namespace(), withoutNull(values));
        }
    }

    @Override
    public void update(List<V> values) {
        updateInternal(values);
    }

    @Override
    public void updateInternal(List<V> values) {
        Objects.requireNonNull(values, NULL_LIST);
        if (values.isEmpty()) {
            clear();
        } else {
            lists.put(namespace(), withoutNull(values));
        }
    }

    @Override
    public void mergeNamespaces(N target, @Nullable Collection<N> sources) {
        if (sources != null) {
            lists.merge(target, sources);
        }
    }

    @Override
    List<V> merge(List<V> first, List<V> second) {
        first.addAll(second);
        return first;
    }

    @Override
    byte[] serialize(List<V> value, TypeSerializer<List<V>> serializer) throws IOException {
        return new ListDelimitedSerializer()
                .serializeList(value, ((ListSerializer<V>) serializer).getElementSerializer());
    }

    private static <V> List<V> withoutNull(List<V> values) {
        for (V value : values) {
            Objects.requireNonNull(value, NULL_IN_LIST);
        }
        return values;
    }
}
