package dev.weir.flink.twin;

import org.apache.flink.streaming.api.functions.co.CoFlatMapFunction;

/** Twin of one input of {@code CoStreamFlatMap}. Template. */
final class CoFlatMapTwin implements Twin {
    private final CoFlatMapFunction<Object, Object, Object> function;
    private final boolean first;
    private final LinkCollector collector;

    CoFlatMapTwin(CoFlatMapFunction<Object, Object, Object> function, boolean first, LinkCollector collector) {
        this.function = function;
        this.first = first;
        this.collector = collector;
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        collector.timestamp(timestamp);
        if (first) {
            function.flatMap1(value, collector);
        } else {
            function.flatMap2(value, collector);
        }
    }
}
