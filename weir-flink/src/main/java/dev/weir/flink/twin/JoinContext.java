package dev.weir.flink.twin;

import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** The context of a {@code ProcessJoinFunction}. */
final class JoinContext extends ProcessJoinFunction<Object, Object, Object>.Context {
    private final Output<StreamRecord<Object>> output;
    private long left = Long.MIN_VALUE;
    private long right = Long.MIN_VALUE;

    JoinContext(ProcessJoinFunction<Object, Object, Object> function, Output<StreamRecord<Object>> output) {
        function.super();
        this.output = output;
    }

    void pair(long leftTimestamp, long rightTimestamp) {
        left = leftTimestamp;
        right = rightTimestamp;
    }

    /** A record that came too late to join goes to its side output, where there is one. */
    void late(@Nullable OutputTag<Object> tag, Object value, long timestamp) {
        if (tag != null) {
            output.collect(tag, new StreamRecord<>(value, timestamp));
        }
    }

    @Override
    public long getLeftTimestamp() {
        return left;
    }

    @Override
    public long getRightTimestamp() {
        return right;
    }

    @Override
    public long getTimestamp() {
        return Math.max(left, right);
    }

    @Override
    public <X> void output(OutputTag<X> outputTag, X value) {
        if (outputTag == null) {
            throw new IllegalArgumentException("OutputTag must not be null");
        }
        output.collect(outputTag, new StreamRecord<>(value, getTimestamp()));
    }
}
