package dev.weir.flink.twin;

import org.apache.flink.api.common.functions.FlatMapFunction;

/** Twin of {@code StreamFlatMap}. Template. */
final class FlatMapTwin implements Twin {
    private final FlatMapFunction<Object, Object> function;
    private final LinkCollector collector;

    FlatMapTwin(FlatMapFunction<Object, Object> function, LinkCollector collector) {
        this.function = function;
        this.collector = collector;
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        collector.timestamp(timestamp);
        function.flatMap(value, collector);
    }
}
