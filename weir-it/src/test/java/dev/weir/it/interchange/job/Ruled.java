package dev.weir.it.interchange.job;

import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/** Keeps all rules in broadcast state and each key's count in keyed state, and tells both when event time is over. */
final class Ruled extends KeyedBroadcastProcessFunction<Long, Long, Long, String> {
    private static final long serialVersionUID = 1L;

    private final MapStateDescriptor<Long, String> rules;
    private transient ValueState<Long> count;

    Ruled(MapStateDescriptor<Long, String> rules) {
        this.rules = rules;
    }

    @Override
    public void open(OpenContext context) {
        count = getRuntimeContext().getState(new ValueStateDescriptor<>("ruled", Types.LONG));
    }

    @Override
    public void processElement(Long number, ReadOnlyContext context, Collector<String> out) throws Exception {
        Long before = count.value();
        count.update(before == null ? 1 : before + 1);
        context.timerService().registerEventTimeTimer(Long.MAX_VALUE - 1);
    }

    @Override
    public void processBroadcastElement(Long number, Context context, Collector<String> out) throws Exception {
        context.getBroadcastState(rules).put(number, "rule " + number);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<String> out) throws Exception {
        Map<Long, String> all = new TreeMap<>();
        for (Map.Entry<Long, String> rule : context.getBroadcastState(rules).immutableEntries()) {
            all.put(rule.getKey(), rule.getValue());
        }
        out.collect("ruled " + context.getCurrentKey() + " " + count.value() + " by " + all.values());
    }
}
