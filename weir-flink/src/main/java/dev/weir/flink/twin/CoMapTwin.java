package dev.weir.flink.twin;

import org.apache.flink.streaming.api.functions.co.CoMapFunction;

/** Twin of one input of {@code CoStreamMap}. Template. */
final class CoMapTwin implements Twin {
    private final CoMapFunction<Object, Object, Object> function;
    private final boolean first;
    private final Link next;

    CoMapTwin(CoMapFunction<Object, Object, Object> function, boolean first, Link next) {
        this.function = function;
        this.first = first;
        this.next = next;
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        next.accept(first ? function.map1(value) : function.map2(value), timestamp);
    }
}
