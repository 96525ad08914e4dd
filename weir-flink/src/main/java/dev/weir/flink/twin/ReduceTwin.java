package dev.weir.flink.twin;

import dev.weir.flink.state.StateTables;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.streaming.api.operators.StreamGroupedReduceOperator;

/** Twin of {@code StreamGroupedReduceOperator}, whose key is selected already. Template. */
final class ReduceTwin implements Twin {
    private final StreamGroupedReduceOperator<Object> operator;
    private final ReduceFunction<Object> function;
    private final Link next;

    @SuppressWarnings("NullAway.Init") // set in open()
    private ValueState<Object> values;

    ReduceTwin(StreamGroupedReduceOperator<Object> operator, ReduceFunction<Object> function, Link next) {
        this.operator = operator;
        this.function = function;
        this.next = next;
    }

    @Override
    public void open() {
        values = Internals.read(StreamGroupedReduceOperator.class, "values", operator);
        StateTables.flatten(values); // each value is stored after its reduction
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        ValueState<Object> state = values;
        Object current = state.value();
        Object reduced = current == null ? value : function.reduce(current, value);
        state.update(reduced);
        next.accept(reduced, timestamp);
    }
}
