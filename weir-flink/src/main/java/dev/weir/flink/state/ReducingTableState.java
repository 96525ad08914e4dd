package dev.weir.flink.state;

import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.internal.InternalReducingState;
import org.jspecify.annotations.Nullable;

/** Reducing state: every value added is reduced into the stored one. */
final class ReducingTableState<K, N, V> extends MergingTableState<K, N, V, V, V>
        implements InternalReducingState<K, N, V> {

    private ReduceFunction<V> function;

    ReducingTableState(
            RegisteredState<K, N, V> registered, TypeSerializer<K> keySerializer, StateDescriptor<?, V> descriptor) {
        super(registered, keySerializer);
        this.function = function(descriptor);
    }

    @Override
    void update(RegisteredState<K, N, V> registered, StateDescriptor<?, V> descriptor) {
        super.update(registered, descriptor);
        function = function(descriptor);
    }

    @Override
    public @Nullable V get() {
        return getInternal();
    }

    @SuppressWarnings("NullAway") // null goes to the user's function where it does in Flink
    @Override
    public void add(@Nullable V value) throws Exception {
        // Flink's RocksDB backend hands null on
        if (value == null && isLive()) {
            clear();
        } else {
            table().transform(namespace(), value, this::reduce);
        }
    }

    @Override
    V merge(V first, V second) throws Exception {
        return function.reduce(first, second);
    }

    private @Nullable V reduce(@Nullable V present, @Nullable V added) throws Exception {
        return present == null ? added : function.reduce(present, added);
    }

    // A reducing state's descriptor is of its value type.
    @SuppressWarnings("unchecked")
    private static <V> ReduceFunction<V> function(StateDescriptor<?, V> descriptor) {
        return ((ReducingStateDescriptor<V>) descriptor).getReduceFunction();
    }
}
