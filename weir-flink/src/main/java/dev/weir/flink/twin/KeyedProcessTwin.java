package dev.weir.flink.twin;

import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Twin of {@code KeyedProcessOperator}, whose key is selected already; timers still fire in the operator. Template. */
final class KeyedProcessTwin implements Twin {
    private final KeyedProcessOperator<Object, Object, Object> operator;
    private final KeyedProcessFunction<Object, Object, Object> function;
    private final Output<StreamRecord<Object>> output;
    private final LinkCollector collector;

    @SuppressWarnings("NullAway.Init") // set in open()
    private KeyedProcessContext context;

    KeyedProcessTwin(
            KeyedProcessOperator<Object, Object, Object> operator,
            KeyedProcessFunction<Object, Object, Object> function,
            Output<StreamRecord<Object>> output,
            LinkCollector collector) {
        this.operator = operator;
        this.function = function;
        this.output = output;
        this.collector = collector;
    }

    @Override
    public void open() {
        context = new KeyedProcessContext(
                function, operator, Internals.read(KeyedProcessOperator.class, "context", operator), output);
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        KeyedProcessContext current = context;
        collector.timestamp(timestamp);
        current.enter(timestamp);
        function.processElement(value, current, collector);
        current.leave();
    }
}
