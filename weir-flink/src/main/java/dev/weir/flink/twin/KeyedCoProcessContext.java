package dev.weir.flink.twin;

import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** The context of a {@code KeyedCoProcessFunction}: key and timers are the hosted operator's. */
final class KeyedCoProcessContext extends KeyedCoProcessFunction<Object, Object, Object, Object>.Context {
    private final KeyedCoProcessOperator<Object, Object, Object, Object> operator;
    private final TimerService timers;
    private final RecordScope scope;

    KeyedCoProcessContext(
            KeyedCoProcessFunction<Object, Object, Object, Object> function,
            KeyedCoProcessOperator<Object, Object, Object, Object> operator,
            KeyedCoProcessFunction<Object, Object, Object, Object>.Context hosted,
            Output<StreamRecord<Object>> output) {
        function.super();
        this.operator = operator;
        this.timers = hosted.timerService();
        this.scope = new RecordScope(output);
    }

    void enter(long timestamp) {
        scope.enter(timestamp);
    }

    void leave() {
        scope.leave();
    }

    @Override
    public @Nullable Long timestamp() {
        return scope.timestamp();
    }

    @Override
    public TimerService timerService() {
        return timers;
    }

    @Override
    public <X> void output(OutputTag<X> outputTag, X value) {
        scope.output(outputTag, value);
    }

    @Override
    public Object getCurrentKey() {
        return operator.getCurrentKey();
    }
}
