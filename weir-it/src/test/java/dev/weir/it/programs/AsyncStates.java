package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.v2.AggregatingState;
import org.apache.flink.api.common.state.v2.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.v2.ListState;
import org.apache.flink.api.common.state.v2.ListStateDescriptor;
import org.apache.flink.api.common.state.v2.MapState;
import org.apache.flink.api.common.state.v2.MapStateDescriptor;
import org.apache.flink.api.common.state.v2.ReducingState;
import org.apache.flink.api.common.state.v2.ReducingStateDescriptor;
import org.apache.flink.api.common.state.v2.ValueState;
import org.apache.flink.api.common.state.v2.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.util.Collector;

/** State v2 on streams with asynchronous state. */
final class AsyncStates {
    private AsyncStates() {}

    static List<Program> programs() {
        return List.of(
                program("async-state-value", run -> keyed(run, new AsyncValue())),
                program("async-state-value-synchronously", run -> keyed(run, new SyncValue())),
                program("async-state-list-and-map", run -> keyed(run, new ListAndMap())),
                program("async-state-reducing-and-aggregating", run -> keyed(run, new Folding())),
                program("async-state-timers", run -> keyed(run, new WithTimers())),
                program("async-state-two-inputs", AsyncStates::twoInputs),
                program("async-state-reduce-and-windows", AsyncStates::windows));
    }

    private static void keyed(Run run, KeyedProcessFunction<String, Reading, String> function) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 5))
                .keyBy(Reading::getKey)
                .enableAsyncState()
                .process(function));
        env.execute();
    }

    private static final class AsyncValue extends KeyedProcessFunction<String, Reading, String> {
        private transient ValueState<Integer> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("value", Types.INT));
        }

        @Override
        public void processElement(Reading reading, Context context, Collector<String> out) {
            String key = context.getCurrentKey();
            state.asyncValue()
                    .thenCompose(before -> {
                        int now = before == null ? reading.value : before + reading.value;
                        return state.asyncUpdate(now).thenApply(ignored -> now);
                    })
                    .thenAccept(now -> out.collect(key + " " + now));
        }
    }

    private static final class SyncValue extends KeyedProcessFunction<String, Reading, String> {
        private transient ValueState<Integer> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("value", Types.INT));
        }

        @Override
        public void processElement(Reading reading, Context context, Collector<String> out) {
            Integer before = state.value();
            state.update(before == null ? reading.value : before + reading.value);
            out.collect(context.getCurrentKey() + " " + state.value());
        }
    }

    private static final class ListAndMap extends KeyedProcessFunction<String, Reading, String> {
        private transient ListState<Integer> list;
        private transient MapState<Integer, String> map;

        @Override
        public void open(OpenContext context) {
            list = getRuntimeContext().getListState(new ListStateDescriptor<>("list", Types.INT));
            map = getRuntimeContext().getMapState(new MapStateDescriptor<>("map", Types.INT, Types.STRING));
        }

        @Override
        public void processElement(Reading reading, Context context, Collector<String> out) {
            String key = context.getCurrentKey();
            list.asyncAdd(reading.value)
                    .thenCompose(ignored -> map.asyncPut(reading.value % 4, "v" + reading.time))
                    .thenCompose(ignored -> map.asyncContains(1))
                    .thenAccept(contains -> out.collect(key + " contains " + contains));
            list.asyncGet().thenAccept(values -> {
                int[] sum = new int[1];
                values.onNext(value -> {
                            sum[0] += value;
                        })
                        .thenAccept(ignored -> out.collect(key + " sum " + sum[0]));
            });
            map.asyncKeys()
                    .thenAccept(keys -> keys.onNext(each -> {
                        if (each == 3) {
                            out.collect(key + " has three");
                        }
                    }));
        }
    }

    private static final class Folding extends KeyedProcessFunction<String, Reading, String> {
        private transient ReducingState<Integer> largest;
        private transient AggregatingState<Reading, String> average;

        @Override
        public void open(OpenContext context) {
            largest = getRuntimeContext()
                    .getReducingState(new ReducingStateDescriptor<>("largest", Math::max, Types.INT));
            average = getRuntimeContext()
                    .getAggregatingState(
                            new AggregatingStateDescriptor<>("average", new Windows.Average(), long[].class));
        }

        @Override
        public void processElement(Reading reading, Context context, Collector<String> out) {
            String key = context.getCurrentKey();
            largest.asyncAdd(reading.value)
                    .thenCompose(ignored -> largest.asyncGet())
                    .thenAccept(value -> out.collect(key + " largest " + value));
            average.asyncAdd(reading)
                    .thenCompose(ignored -> average.asyncGet())
                    .thenAccept(value -> out.collect(key + " average " + value));
            if (reading.value == 12) {
                average.asyncClear();
            }
        }
    }

    private static final class WithTimers extends KeyedProcessFunction<String, Reading, String> {
        private transient ValueState<Integer> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("value", Types.INT));
        }

        @Override
        public void processElement(Reading reading, Context context, Collector<String> out) {
            context.timerService().registerEventTimeTimer(reading.time / 100 * 100 + 99);
            state.asyncValue().thenAccept(before -> state.asyncUpdate((before == null ? 0 : before) + reading.value));
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<String> out) {
            String key = context.getCurrentKey();
            state.asyncValue().thenAccept(value -> out.collect(key + " at " + time + " " + value));
        }
    }

    private static void twoInputs(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> left = env.fromData(Reading.list(40, 4));
        DataStream<Reading> right = env.fromData(Reading.list(40, 4));
        run.collect(left.keyBy(Reading::getKey)
                .enableAsyncState()
                .connect(right.keyBy(Reading::getKey).enableAsyncState())
                .process(new Numbered()));
        env.execute();
    }

    private static final class Numbered extends KeyedCoProcessFunction<String, Reading, Reading, String> {
        private transient ValueState<Integer> seen;

        @Override
        public void open(OpenContext context) {
            seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Types.INT));
        }

        @Override
        public void processElement1(Reading reading, Context context, Collector<String> out) {
            number(context.getCurrentKey(), out);
        }

        @Override
        public void processElement2(Reading reading, Context context, Collector<String> out) {
            number(context.getCurrentKey(), out);
        }

        private void number(String key, Collector<String> out) {
            seen.asyncValue().thenAccept(before -> {
                int now = before == null ? 1 : before + 1;
                seen.asyncUpdate(now).thenAccept(ignored -> out.collect(key + " #" + now));
            });
        }
    }

    private static void windows(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> readings = Reading.stream(env, Reading.list(60, 3));
        run.collect("sum ", readings.keyBy(Reading::getKey).enableAsyncState().sum("value"));
        run.collect(
                "tumbling ",
                readings.keyBy(Reading::getKey)
                        .enableAsyncState()
                        .window(TumblingEventTimeWindows.of(Windows.SIZE))
                        .process(new Windows.Contents()));
        run.collect(
                "sliding ",
                readings.keyBy(Reading::getKey)
                        .enableAsyncState()
                        .window(SlidingEventTimeWindows.of(Duration.ofMillis(120), Duration.ofMillis(60)))
                        .aggregate(new Windows.Average()));
        env.execute();
    }
}
