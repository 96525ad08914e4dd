package dev.weir.flink.twin;

import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** The context of a {@code ProcessFunction}: its clock is the hosted operator's. */
final class ProcessContext extends ProcessFunction<Object, Object>.Context {
    private final ProcessFunction<Object, Object>.Context hosted;
    private final RecordScope scope;

    ProcessContext(
            ProcessFunction<Object, Object> function,
            ProcessFunction<Object, Object>.Context hosted,
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
