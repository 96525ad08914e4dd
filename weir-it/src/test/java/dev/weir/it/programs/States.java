package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Keyed state of every kind, with and without time to live, and operator state. */
final class States {
    /** Long enough that nothing expires while the program runs. */
    static final StateTtlConfig HOUR = StateTtlConfig.newBuilder(Duration.ofHours(1))
            .setUpdateType(StateTtlConfig.UpdateType.OnReadAndWrite)
            .setStateVisibility(StateTtlConfig.StateVisibility.NeverReturnExpired)
            .cleanupIncrementally(5, true)
            .build();

    /** Short enough that everything has expired before it is read: a write takes effect a millisecond ago at the least. */
    static final StateTtlConfig INSTANT = StateTtlConfig.newBuilder(Duration.ofMillis(1))
            .setUpdateType(StateTtlConfig.UpdateType.OnCreateAndWrite)
            .setStateVisibility(StateTtlConfig.StateVisibility.NeverReturnExpired)
            .build();

    private States() {}

    static List<Program> programs() {
        return List.of(
                program("state-value", run -> kinds(run, false, new Value(null))),
                program("state-value-ttl", run -> kinds(run, false, new Value(HOUR))),
                program("state-value-of-pojo", run -> kinds(run, false, new PojoValue())),
                program("state-list", run -> kinds(run, false, new Lists(null))),
                program("state-list-ttl", run -> kinds(run, false, new Lists(HOUR))),
                program("state-map", run -> kinds(run, false, new Maps(null))),
                program("state-map-ttl", run -> kinds(run, false, new Maps(HOUR))),
                program("state-reducing", run -> kinds(run, false, new Reducing(null))),
                program("state-reducing-ttl", run -> kinds(run, false, new Reducing(HOUR))),
                program("state-aggregating", run -> kinds(run, false, new Aggregating(null))),
                program("state-aggregating-ttl", run -> kinds(run, false, new Aggregating(HOUR))),
                program("state-v1-on-async-stream-fails", run -> run.failure(() -> kinds(run, true, new Value(null)))),
                program("state-default-value", run -> kinds(run, false, new Default())),
                program("state-ttl-expires", States::ttlExpires),
                program("operator-state-list-and-union", States::operatorState, Trait.BY_PARALLELISM),
                program("keyed-state-in-initialize", States::keyedInInitialize));
    }

    private static void kinds(Run run, boolean async, RichFlatMapFunction<Reading, String> function) throws Exception {
        StreamExecutionEnvironment env = run.env();
        KeyedStream<Reading, String> keyed = env.fromData(Reading.list(60, 5)).keyBy(Reading::getKey);
        run.collect((async ? keyed.enableAsyncState() : keyed).flatMap(function));
        env.execute();
    }

    private static <D extends StateDescriptor<?, ?>> D with(@Nullable StateTtlConfig ttl, D descriptor) {
        if (ttl != null) {
            descriptor.enableTimeToLive(ttl);
        }
        return descriptor;
    }

    private static final class Value extends RichFlatMapFunction<Reading, String> {
        private final @Nullable StateTtlConfig ttl;
        private transient ValueState<Integer> state;

        private Value(@Nullable StateTtlConfig ttl) {
            this.ttl = ttl;
        }

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(with(ttl, new ValueStateDescriptor<>("value", Types.INT)));
        }

        @Override
        public void flatMap(Reading reading, Collector<String> out) throws Exception {
            Integer before = state.value();
            if (reading.value == 0) {
                state.clear();
                out.collect(reading.key + " cleared " + before + " now " + state.value());
            } else {
                state.update(before == null ? reading.value : before + reading.value);
                out.collect(reading.key + " " + state.value());
            }
        }
    }

    private static final class PojoValue extends RichFlatMapFunction<Reading, String> {
        private transient ValueState<Reading> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("pojo", Reading.class));
        }

        @Override
        public void flatMap(Reading reading, Collector<String> out) throws Exception {
            Reading before = state.value();
            Reading now = before == null ? new Reading(reading.key, 0, 0) : before;
            now.value += reading.value;
            now.time++;
            state.update(now);
            out.collect(state.value().toString());
            if (reading.value == 12) {
                state.update(null);
                out.collect(reading.key + " after null: " + state.value());
            }
        }
    }

    private static final class Lists extends RichFlatMapFunction<Reading, String> {
        private final @Nullable StateTtlConfig ttl;
        private transient ListState<Integer> state;

        private Lists(@Nullable StateTtlConfig ttl) {
            this.ttl = ttl;
        }

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getListState(with(ttl, new ListStateDescriptor<>("list", Types.INT)));
        }

        @Override
        public void flatMap(Reading reading, Collector<String> out) throws Exception {
            switch (reading.value % 5) {
                case 0 -> state.update(List.of(reading.value, -reading.value));
                case 1 -> state.addAll(List.of(1, 2, 3));
                case 2 -> state.clear();
                case 3 -> state.update(List.of());
                default -> state.add(reading.value);
            }
            List<Integer> all = new ArrayList<>();
            Iterable<Integer> got = state.get();
            if (got != null) {
                got.forEach(all::add);
            }
            out.collect(reading.key + " " + all);
        }
    }

    private static final class Maps extends RichFlatMapFunction<Reading, String> {
        private final @Nullable StateTtlConfig ttl;
        private transient MapState<Integer, String> state;

        private Maps(@Nullable StateTtlConfig ttl) {
            this.ttl = ttl;
        }

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext()
                    .getMapState(with(ttl, new MapStateDescriptor<>("map", Types.INT, Types.STRING)));
        }

        @Override
        public void flatMap(Reading reading, Collector<String> out) throws Exception {
            int key = reading.value % 4;
            switch (reading.value % 6) {
                case 0 -> state.putAll(Map.of(key, "all" + reading.time, 100, "hundred"));
                case 1 -> state.remove(key);
                case 2 -> {
                    for (Map.Entry<Integer, String> entry : state.entries()) {
                        entry.setValue(entry.getValue() + "!");
                    }
                }
                case 3 -> {
                    var entries = state.iterator();
                    while (entries.hasNext()) {
                        if (entries.next().getKey() % 2 == 0) {
                            entries.remove();
                        }
                    }
                }
                default -> state.put(key, "put" + reading.time);
            }
            Map<Integer, String> all = new TreeMap<>();
            for (Integer each : state.keys()) {
                all.put(each, state.get(each));
            }
            int values = 0;
            for (String value : state.values()) {
                values += value.length();
            }
            out.collect(reading.key + " " + all + " " + values + " " + state.contains(key) + " " + state.isEmpty());
        }
    }

    private static final class Reducing extends RichFlatMapFunction<Reading, String> {
        private final @Nullable StateTtlConfig ttl;
        private transient ReducingState<Integer> state;

        private Reducing(@Nullable StateTtlConfig ttl) {
            this.ttl = ttl;
        }

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext()
                    .getReducingState(with(ttl, new ReducingStateDescriptor<>("reducing", Integer::sum, Types.INT)));
        }

        @Override
        public void flatMap(Reading reading, Collector<String> out) throws Exception {
            Integer before = state.get();
            if (reading.value == 5) {
                state.clear();
            }
            state.add(reading.value);
            out.collect(reading.key + " " + before + " " + state.get());
        }
    }

    private static final class Aggregating extends RichFlatMapFunction<Reading, String> {
        private final @Nullable StateTtlConfig ttl;
        private transient AggregatingState<Reading, String> state;

        private Aggregating(@Nullable StateTtlConfig ttl) {
            this.ttl = ttl;
        }

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext()
                    .getAggregatingState(with(
                            ttl, new AggregatingStateDescriptor<>("aggregating", new Windows.Average(), long[].class)));
        }

        @Override
        public void flatMap(Reading reading, Collector<String> out) throws Exception {
            String before = state.get();
            if (reading.value == 5) {
                state.clear();
            }
            state.add(reading);
            out.collect(reading.key + " " + before + " " + state.get());
        }
    }

    @SuppressWarnings("deprecation")
    private static final class Default extends RichFlatMapFunction<Reading, String> {
        private transient ValueState<Integer> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("with default", Types.INT, 42));
        }

        @Override
        public void flatMap(Reading reading, Collector<String> out) throws Exception {
            out.collect(reading.key + " " + state.value());
            state.update(reading.value);
            if (reading.value == 3) {
                state.clear();
            }
        }
    }

    private static void ttlExpires(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(8, 2)).keyBy(Reading::getKey).map(new Expiring()));
        env.execute();
    }

    /** Busily lets the clock pass the time to live between a write and its read. */
    private static final class Expiring extends RichMapFunction<Reading, String> {
        private transient ValueState<Integer> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(with(INSTANT, new ValueStateDescriptor<>("expiring", Types.INT)));
        }

        @Override
        public String map(Reading reading) throws Exception {
            Integer before = state.value();
            state.update(reading.value);
            long written = System.currentTimeMillis();
            while (System.currentTimeMillis() < written + 3) {
                Thread.onSpinWait();
            }
            return reading.key + " before " + before + " after " + state.value();
        }
    }

    private static void operatorState(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 20).map(new OperatorState()).map(text -> text));
        env.execute();
    }

    private static final class OperatorState extends RichMapFunction<Long, String> implements CheckpointedFunction {
        private transient ListState<Long> split;
        private transient ListState<String> union;
        private transient boolean restored;

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            split = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("split", Types.LONG));
            union = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("union", Types.STRING));
            restored = context.isRestored() || context.getRestoredCheckpointId().isPresent();
            union.add("made");
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {}

        @Override
        public String map(Long value) throws Exception {
            split.add(value);
            boolean there = false;
            for (long each : split.get()) {
                there |= each == value;
            }
            if (value % 5 == 0) {
                split.update(List.of());
            }
            return value + " " + there + " " + union.get().iterator().next() + " restored " + restored;
        }
    }

    private static void keyedInInitialize(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(20, 3)).keyBy(Reading::getKey).map(new KeyedInInitialize()));
        env.execute();
    }

    private static final class KeyedInInitialize extends RichMapFunction<Reading, String>
            implements CheckpointedFunction {
        private transient ValueState<Integer> sum;

        @Override
        public void initializeState(FunctionInitializationContext context) {
            sum = context.getKeyedStateStore().getState(new ValueStateDescriptor<>("sum", Types.INT));
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {}

        @Override
        public String map(Reading reading) throws Exception {
            sum.update((sum.value() == null ? 0 : sum.value()) + reading.value);
            return reading.key + " " + sum.value();
        }
    }
}
