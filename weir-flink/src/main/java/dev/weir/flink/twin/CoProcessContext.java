package dev.weir.flink.twin;

import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.co.CoProcessFunction;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** The context of a {@code CoProcessFunction}: its clock is the hosted operator's. */
final class CoProcessContext extends CoProcessFunction<Object, Object, Object>.Context {
    private final CoProcessFunction<Object, Object, Object>.Context hosted;
    private final RecordScope scope;

    CoProcessContext(
            CoProcessFunction<Object, Object, Object> function,
            CoProcessFunction<Object, Object, Object>.Context hosted,
            Output<StreamRecord<Object>> output) {
        function.super();
        this.hosted = hosted;
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
        return hosted.timerService();
    }

    @Override
    public <X> void output(OutputTag<X> outputTag, X value) {
        scope.output(outputTag, value);
    }
}
