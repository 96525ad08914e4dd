package dev.weir.flink.twin;

import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Twin of {@code ProcessOperator}. Template. */
final class ProcessTwin implements Twin {
    private final ProcessOperator<Object, Object> operator;
    private final ProcessFunction<Object, Object> function;
    private final Output<StreamRecord<Object>> output;
    private final LinkCollector collector;

    @SuppressWarnings("NullAway.Init") // set in open()
    private ProcessContext context;

    ProcessTwin(
            ProcessOperator<Object, Object> operator,
            ProcessFunction<Object, Object> function,
            Output<StreamRecord<Object>> output,
            LinkCollector collector) {
        this.operator = operator;
        this.function = function;
        this.output = output;
        this.collector = collector;
    }

    @Override
    public void open() {
        context = new ProcessContext(function, Internals.read(ProcessOperator.class, "context", operator), output);
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        ProcessContext current = context;
        collector.timestamp(timestamp);
        current.enter(timestamp);
        function.processElement(value, current, collector);
        current.leave();
    }
}
