package dev.weir.it.interchange.job;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Every kind of keyed state, told when event time is over; a timer of event time for each period in which the key has a
 * number; one of processing time for each key.
 */
public final class KeyedStates extends KeyedProcessFunction<Long, Long, String> {
    /** The length of the periods that timers tell the end of. */
    public static final long PERIOD_MILLIS = 1500;

    private static final long serialVersionUID = 1L;
    private static final long END_MILLIS = Numbers.COUNT * Journey.MILLIS + 10 * PERIOD_MILLIS;

    private final long timerDelayMillis;
    private transient ValueState<Long> count;
    private transient ListState<Entry> entries;
    private transient MapState<String, Long> parities;
    private transient ReducingState<Long> greatest;
    private transient AggregatingState<Long, String> mean;
    private transient ValueState<Long> kept;
    private transient MapState<Long, Long> keptHundreds;

    KeyedStates(long timerDelayMillis) {
        this.timerDelayMillis = timerDelayMillis;
    }

    /** A POJO. */
    public static final class Entry {
        public long number;
        public String text = "";
    }

    /** A POJO. */
    public static final class Mean {
        public long sum;
        public int count;
    }

    @Override
    public void open(OpenContext context) {
        RuntimeContext runtime = getRuntimeContext();
        count = runtime.getState(new ValueStateDescriptor<>("count", Types.LONG));
        entries = runtime.getListState(new ListStateDescriptor<>("entries", Types.POJO(Entry.class)));
        parities = runtime.getMapState(new MapStateDescriptor<>("parities", Types.STRING, Types.LONG));
        greatest = runtime.getReducingState(new ReducingStateDescriptor<>("greatest", Math::max, Types.LONG));
        mean = runtime.getAggregatingState(
                new AggregatingStateDescriptor<>("mean", new ToMean(), Types.POJO(Mean.class)));
        StateTtlConfig ttl = StateTtlConfig.newBuilder(Duration.ofHours(5)).build();
        ValueStateDescriptor<Long> keptDescriptor = new ValueStateDescriptor<>("kept", Types.LONG);
        keptDescriptor.enableTimeToLive(ttl);
        kept = runtime.getState(keptDescriptor);
        MapStateDescriptor<Long, Long> hundreds = new MapStateDescriptor<>("kept-hundreds", Types.LONG, Types.LONG);
        hundreds.enableTimeToLive(ttl);
        keptHundreds = runtime.getMapState(hundreds);
    }

    @Override
    public void processElement(Long number, Context context, Collector<String> out) throws Exception {
        TimerService timers = context.timerService();
        Long before = count.value();
        if (before == null) {
            timers.registerProcessingTimeTimer(timers.currentProcessingTime() + timerDelayMillis);
            timers.registerEventTimeTimer(END_MILLIS);
        }
        count.update(before == null ? 1 : before + 1);
        if (number % 50 < Journey.KEYS) {
            Entry entry = new Entry();
            entry.number = number;
            entry.text = "entry " + number;
            entries.add(entry);
        }
        String parity = number / Journey.KEYS % 2 == 0 ? "even" : "odd";
        Long ofParity = parities.get(parity);
        parities.put(parity, ofParity == null ? number : ofParity + number);
        greatest.add(number);
        mean.add(number);
        Long keptBefore = kept.value();
        kept.update(keptBefore == null ? number : keptBefore + number);
        keptHundreds.put(number / 100, number / 100);
        timers.registerEventTimeTimer((context.timestamp() / PERIOD_MILLIS + 1) * PERIOD_MILLIS);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<String> out) throws Exception {
        long key = context.getCurrentKey();
        switch (context.timeDomain()) {
            case PROCESSING_TIME -> out.collect("processing-time timer " + key);
            case EVENT_TIME -> {
                if (timestamp < END_MILLIS) {
                    out.collect("event-time timer " + key + " " + timestamp);
                } else {
                    out.collect(told(key));
                }
            }
        }
    }

    private String told(long key) throws Exception {
        Map<String, Long> sums = new TreeMap<>();
        for (Map.Entry<String, Long> entry : parities.entries()) {
            sums.put(entry.getKey(), entry.getValue());
        }
        List<String> texts = StreamSupport.stream(entries.get().spliterator(), false)
                .filter(entry -> entry.text.equals("entry " + entry.number))
                .map(entry -> entry.number)
                .sorted()
                .map(String::valueOf)
                .toList();
        long hundreds =
                StreamSupport.stream(keptHundreds.keys().spliterator(), false).count();
        return line(key, count.value(), texts, sums, greatest.get(), mean.get(), kept.value(), hundreds);
    }

    /** What is told of a key at the end. */
    public static String line(
            long key,
            long count,
            List<String> entries,
            Map<String, Long> parities,
            long greatest,
            String mean,
            long kept,
            long hundreds) {
        return "states " + key + " value=" + count + " list=" + entries + " map=" + parities + " reducing=" + greatest
                + " aggregating=" + mean + " ttl=" + kept + " ttl-map=" + hundreds;
    }

    private static final class ToMean implements AggregateFunction<Long, Mean, String> {
        private static final long serialVersionUID = 1L;

        @Override
        public Mean createAccumulator() {
            return new Mean();
        }

        @Override
        public Mean add(Long number, Mean mean) {
            mean.sum += number;
            mean.count++;
            return mean;
        }

        @Override
        public String getResult(Mean mean) {
            return mean.sum + "/" + mean.count;
        }

        @Override
        public Mean merge(Mean one, Mean other) {
            one.sum += other.sum;
            one.count += other.count;
            return one;
        }
    }
}
