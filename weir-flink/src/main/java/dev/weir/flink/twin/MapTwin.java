package dev.weir.flink.twin;

import org.apache.flink.api.common.functions.MapFunction;

/** Twin of {@code StreamMap}. Template. */
final class MapTwin implements Twin {
    private final MapFunction<Object, Object> function;
    private final Link next;

    MapTwin(MapFunction<Object, Object> function, Link next) {
        this.function = function;
        this.next = next;
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        next.accept(function.map(value), timestamp);
    }
}
