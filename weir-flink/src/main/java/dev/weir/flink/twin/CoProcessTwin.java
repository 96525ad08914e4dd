package dev.weir.flink.twin;

import org.apache.flink.streaming.api.functions.co.CoProcessFunction;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.co.CoProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Twin of one input of {@code CoProcessOperator}. Template. */
final class CoProcessTwin implements Twin {
    private final CoProcessOperator<Object, Object, Object> operator;
    private final CoProcessFunction<Object, Object, Object> function;
    private final boolean first;
    private final Output<StreamRecord<Object>> output;
    private final LinkCollector collector;

    @SuppressWarnings("NullAway.Init") // set in open()
    private CoProcessContext context;

    CoProcessTwin(
            CoProcessOperator<Object, Object, Object> operator,
            CoProcessFunction<Object, Object, Object> function,
            boolean first,
            Output<StreamRecord<Object>> output,
            LinkCollector collector) {
        this.operator = operator;
        this.function = function;
        this.first = first;
        this.output = output;
        this.collector = collector;
    }

    @Override
    public void open() {
        context = new CoProcessContext(function, Internals.read(CoProcessOperator.class, "context", operator), output);
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        CoProcessContext current = context;
        collector.timestamp(timestamp);
        current.enter(timestamp);
        if (first) {
            function.processElement1(value, current, collector);
        } else {
            function.processElement2(value, current, collector);
        }
        current.leave();
    }
}
