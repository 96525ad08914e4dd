package dev.weir.flink.twin;

import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Twin of one input of {@code KeyedCoProcessOperator}, whose key is selected already; timers still fire in the operator. Template. */
final class KeyedCoProcessTwin implements Twin {
    private final KeyedCoProcessOperator<Object, Object, Object, Object> operator;
    private final KeyedCoProcessFunction<Object, Object, Object, Object> function;
    private final boolean first;
    private final Output<StreamRecord<Object>> output;
    private final LinkCollector collector;

    @SuppressWarnings("NullAway.Init") // set in open()
    private KeyedCoProcessContext context;

    KeyedCoProcessTwin(
            KeyedCoProcessOperator<Object, Object, Object, Object> operator,
            KeyedCoProcessFunction<Object, Object, Object, Object> function,
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
        context = new KeyedCoProcessContext(
                function, operator, Internals.read(KeyedCoProcessOperator.class, "context", operator), output);
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        KeyedCoProcessContext current = context;
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
