package dev.weir.flink.twin;

import dev.weir.engine.state.HeapTenant;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.Transformation;
import dev.weir.flink.state.StateTables;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.StreamGroupedReduceOperator;
import org.jspecify.annotations.Nullable;

/** Twin of {@code StreamGroupedReduceOperator}, whose key is selected already. Template. */
final class ReduceTwin implements Twin, Transformation<Object, Object>, HeapTenant {
    private final StreamGroupedReduceOperator<Object> operator;
    private final ReduceFunction<Object> function;
    private final Link next;

    @SuppressWarnings("NullAway.Init") // set in open()
    private ValueState<Object> values;

    // Finds the key's entry once for reading and writing; null where the state is none of ours, or not all on the heap.
    private @Nullable KeyedTable<Object, VoidNamespace, Object> table;
    private @Nullable Object reduced;

    ReduceTwin(StreamGroupedReduceOperator<Object> operator, ReduceFunction<Object> function, Link next) {
        this.operator = operator;
        this.function = function;
        this.next = next;
    }

    @Override
    public void open() {
        values = Internals.read(StreamGroupedReduceOperator.class, "values", operator);
        table = StateTables.of(values, this);
        StateTables.flatten(values); // each value is stored after its reduction
    }

    @Override
    public void leave() {
        table = null;
    }

    @Override
    @SuppressWarnings("NullAway") // null goes on where it does in Flink
    public void accept(Object value, long timestamp) throws Exception {
        KeyedTable<Object, VoidNamespace, Object> direct = table;
        if (direct == null) {
            values.update(apply(values.value(), value));
        } else {
            direct.transform(VoidNamespace.INSTANCE, value, this);
            if (reduced == null) {
                direct.remove(VoidNamespace.INSTANCE);
            }
        }
        next.accept(reduced, timestamp);
    }

    @Override
    public @Nullable Object apply(@Nullable Object present, Object value) throws Exception {
        Object result = present == null ? value : function.reduce(present, value);
        reduced = result;
        return result;
    }
}
