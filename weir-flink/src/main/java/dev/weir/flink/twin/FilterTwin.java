package dev.weir.flink.twin;

import org.apache.flink.api.common.functions.FilterFunction;

/** Twin of {@code StreamFilter}. Template. */
final class FilterTwin implements Twin {
    private final FilterFunction<Object> function;
    private final Link next;

    FilterTwin(FilterFunction<Object> function, Link next) {
        this.function = function;
        this.next = next;
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        if (function.filter(value)) {
            next.accept(value, timestamp);
        }
    }
}
