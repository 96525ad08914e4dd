package dev.weir.it.programs;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Numbers the elements of each key. */
final class Count<K, T> extends KeyedProcessFunction<K, T, String> {
    private transient ValueState<Long> seen;

    @Override
    public void open(OpenContext context) {
        seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Long.class));
    }

    @Override
    public void processElement(T element, Context context, Collector<String> out) throws Exception {
        Long before = seen.value();
        long now = before == null ? 1 : before + 1;
        seen.update(now);
        out.collect(context.getCurrentKey() + " #" + now);
    }
}
