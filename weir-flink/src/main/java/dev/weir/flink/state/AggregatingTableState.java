package dev.weir.flink.state;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.internal.InternalAggregatingState;
import org.jspecify.annotations.Nullable;

/** Aggregating state: stores the accumulator, reads give its result. */
final class AggregatingTableState<K, N, IN, ACC, OUT> extends MergingTableState<K, N, IN, ACC, OUT>
        implements InternalAggregatingState<K, N, IN, ACC, OUT> {

    private AggregateFunction<IN, ACC, OUT> function;

    AggregatingTableState(
            RegisteredState<K, N, ACC> registered,
            TypeSerializer<K> keySerializer,
            StateDescriptor<?, ACC> descriptor) {
        super(registered, keySerializer);
        this.function = function(descriptor);
    }

    @Override
    void update(RegisteredState<K, N, ACC> registered, StateDescriptor<?, ACC> descriptor) {
        super.update(registered, descriptor);
        function = function(descriptor);
    }

    @Override
    public @Nullable OUT get() {
        ACC accumulator = getInternal();
        return accumulator == null ? null : function.getResult(accumulator);
    }

    @SuppressWarnings("NullAway") // null goes to the user's function where it does in Flink
    @Override
    public void add(@Nullable IN value) throws Exception {
        // Flink's RocksDB backend hands null on
        if (value == null && isLive()) {
            clear();
        } else {
            table().transform(namespace(), value, this::accumulate);
        }
    }

    @Override
    ACC merge(ACC first, ACC second) {
        return function.merge(first, second);
    }

    private ACC accumulate(@Nullable ACC present, @Nullable IN value) {
        return function.add(value, present == null ? function.createAccumulator() : present);
    }

    // The descriptor's type parameters other than the accumulator are lost on the way through Flink's factories.
    @SuppressWarnings("unchecked")
    private static <IN, ACC, OUT> AggregateFunction<IN, ACC, OUT> function(StateDescriptor<?, ACC> descriptor) {
        return ((AggregatingStateDescriptor<IN, ACC, OUT>) descriptor).getAggregateFunction();
    }
}
