package dev.weir.flink.twin;

import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;

/** Selects a record's key for the operator behind it. Template. */
final class KeySelection implements Link {
    private final KeySelector<Object, Object> selector;
    private final AbstractStreamOperator<?> operator;
    private final Link next;

    KeySelection(KeySelector<Object, Object> selector, AbstractStreamOperator<?> operator, Link next) {
        this.selector = selector;
        this.operator = operator;
        this.next = next;
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        operator.setCurrentKey(selector.getKey(value));
        next.accept(value, timestamp);
    }
}
