package dev.weir.flink.state;

import java.util.Collection;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.internal.InternalMergingState;
import org.jspecify.annotations.Nullable;

/** State that namespaces, and so windows, can be merged in. */
abstract class MergingTableState<K, N, IN, SV, OUT> extends TableState<K, N, SV>
        implements InternalMergingState<K, N, IN, SV, OUT> {

    MergingTableState(RegisteredState<K, N, SV> registered, TypeSerializer<K> keySerializer) {
        super(registered, keySerializer);
    }

    /** One value for two; may reuse and return either. */
    abstract @Nullable SV merge(SV first, SV second) throws Exception;

    @Override
    public final @Nullable SV getInternal() {
        return table().get(namespace());
    }

    @Override
    public void updateInternal(SV value) {
        table().put(namespace(), value);
    }

    @Override
    public void mergeNamespaces(N target, @Nullable Collection<N> sources) throws Exception {
        if (sources == null) {
            return;
        }
        SV merged = null;
        for (N source : sources) {
            SV value = table().removeAndGet(source);
            merged = merged == null || value == null ? firstPresent(merged, value) : merge(merged, value);
        }
        if (merged != null) {
            table().transform(target, merged, (present, added) -> present == null ? added : inOrder(present, added));
        }
    }

    // Flink's heap puts the target first, its RocksDB backend the sources.
    private @Nullable SV inOrder(SV target, SV sources) throws Exception {
        return isLive() ? merge(target, sources) : merge(sources, target);
    }

    private @Nullable SV firstPresent(@Nullable SV first, @Nullable SV second) {
        return first == null ? second : first;
    }
}
