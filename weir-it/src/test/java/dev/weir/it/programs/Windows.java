package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.AllWindowFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessAllWindowFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.DynamicEventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.api.windowing.windows.Window;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Event-time windows and the functions that may stand in them. */
final class Windows {
    static final Duration SIZE = Duration.ofMillis(100);

    private Windows() {}

    static List<Program> programs() {
        return List.of(
                program("window-tumbling-reduce", Windows::tumblingReduce),
                program("window-tumbling-offset", Windows::tumblingOffset),
                program("window-tumbling-aggregate", Windows::tumblingAggregate),
                program("window-aggregate-with-process", Windows::aggregateWithProcess),
                program("window-reduce-with-apply", Windows::reduceWithApply),
                program("window-process", Windows::process),
                program("window-process-with-state", Windows::processWithState),
                program("window-apply", Windows::apply),
                program("window-sum-min-max-by", Windows::sums),
                program("window-sliding", Windows::sliding),
                program("window-sliding-with-gaps", Windows::slidingWithGaps),
                program("window-session", Windows::session),
                program("window-session-dynamic-gap", Windows::sessionDynamic),
                program("window-session-merges-late", Windows::sessionMergesLate),
                program("window-all", Windows::all, Trait.ORDERED),
                program("window-all-aggregate", Windows::allAggregate),
                program("window-allowed-lateness", Windows::allowedLateness),
                program("window-late-to-side-output", Windows::lateToSideOutput),
                program("window-late-dropped", Windows::lateDropped),
                program("window-cascade", Windows::cascade),
                program("window-negative-times", Windows::negativeTimes));
    }

    private static void tumblingReduce(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(100, 4))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .reduce((a, b) -> new Reading(a.key, Math.min(a.time, b.time), a.value + b.value)));
        env.execute();
    }

    private static void tumblingOffset(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 3))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE, Duration.ofMillis(35)))
                .process(new Contents()));
        env.execute();
    }

    private static void tumblingAggregate(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(100, 4))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .aggregate(new Average()));
        env.execute();
    }

    private static void aggregateWithProcess(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(100, 4))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .aggregate(new Average(), new ProcessWindowFunction<String, String, String, TimeWindow>() {
                    @Override
                    public void process(String key, Context context, Iterable<String> results, Collector<String> out) {
                        results.forEach(result -> out.collect(
                                key + " " + context.window() + " " + result + " at " + context.currentWatermark()));
                    }
                }));
        env.execute();
    }

    private static void reduceWithApply(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(100, 4))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .reduce(
                        (a, b) -> a.value >= b.value ? a : b,
                        new WindowFunction<Reading, String, String, TimeWindow>() {
                            @Override
                            public void apply(
                                    String key, TimeWindow window, Iterable<Reading> input, Collector<String> out) {
                                input.forEach(
                                        reading -> out.collect(key + " until " + window.getEnd() + " " + reading));
                            }
                        }));
        env.execute();
    }

    private static void process(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 3))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .process(new Contents()));
        env.execute();
    }

    private static void processWithState(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 3))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .process(new ProcessWindowFunction<Reading, String, String, TimeWindow>() {
                    private final ValueStateDescriptor<Integer> fired = new ValueStateDescriptor<>("fired", Types.INT);

                    @Override
                    public void process(String key, Context context, Iterable<Reading> input, Collector<String> out)
                            throws Exception {
                        ValueState<Integer> ofKey = context.globalState().getState(fired);
                        ValueState<Integer> ofWindow = context.windowState().getState(fired);
                        int n = ofKey.value() == null ? 1 : ofKey.value() + 1;
                        ofKey.update(n);
                        int m = ofWindow.value() == null ? 1 : ofWindow.value() + 1;
                        ofWindow.update(m);
                        out.collect(key + " window " + n + " of the key, firing " + m + " of " + context.window());
                    }

                    @Override
                    public void clear(Context context) throws Exception {
                        context.windowState().getState(fired).clear();
                    }
                }));
        env.execute();
    }

    private static void apply(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 3))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .apply((String key, TimeWindow window, Iterable<Reading> input, Collector<Integer> out) -> {
                    int n = 0;
                    for (Reading reading : input) {
                        n += reading.value;
                    }
                    out.collect(n);
                })
                .returns(Types.INT));
        env.execute();
    }

    private static void sums(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        var windows = Reading.stream(env, Reading.list(80, 3))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE));
        run.collect("sum ", windows.sum("value"));
        run.collect("min ", windows.min("value"));
        run.collect("max ", windows.max("value"));
        run.collect("minBy ", windows.minBy("value"));
        run.collect("maxBy last ", windows.maxBy("value", false));
        env.execute();
    }

    private static void sliding(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 3))
                .keyBy(Reading::getKey)
                .window(SlidingEventTimeWindows.of(Duration.ofMillis(120), Duration.ofMillis(40), Duration.ofMillis(5)))
                .process(new Contents()));
        env.execute();
    }

    private static void slidingWithGaps(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 3))
                .keyBy(Reading::getKey)
                .window(SlidingEventTimeWindows.of(Duration.ofMillis(30), Duration.ofMillis(70)))
                .process(new Contents()));
        env.execute();
    }

    /** Bursts of each key with pauses between them. */
    private static List<Reading> bursts() {
        List<Reading> readings = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            readings.add(new Reading("k" + i % 2, i * 10L + (i / 7) * 60L, i));
        }
        return readings;
    }

    private static void session(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, bursts())
                .keyBy(Reading::getKey)
                .window(EventTimeSessionWindows.withGap(Duration.ofMillis(40)))
                .process(new Contents()));
        env.execute();
    }

    private static void sessionDynamic(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, bursts())
                .keyBy(Reading::getKey)
                .window(DynamicEventTimeSessionWindows.<Reading>withDynamicGap(reading -> 15 + reading.value % 5 * 20L))
                .reduce((a, b) -> new Reading(a.key, Math.min(a.time, b.time), a.value + b.value)));
        env.execute();
    }

    /** A late element joins two sessions that had been apart, one of which had fired. */
    private static void sessionMergesLate(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(
                        env,
                        new Reading("a", 10, 1),
                        new Reading("a", 100, 2),
                        new Reading("a", 55, 4),
                        new Reading("a", 160, 8),
                        new Reading("a", 130, 16),
                        new Reading("a", 500, 32),
                        new Reading("a", 90, 64))
                .keyBy(Reading::getKey)
                .window(EventTimeSessionWindows.withGap(Duration.ofMillis(50)))
                .allowedLateness(Duration.ofMillis(200))
                .aggregate(new Average(), new ProcessWindowFunction<String, String, String, TimeWindow>() {
                    @Override
                    public void process(String key, Context context, Iterable<String> results, Collector<String> out) {
                        results.forEach(result -> out.collect(context.window() + " " + result));
                    }
                }));
        env.execute();
    }

    private static void all(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collectInOrder(Reading.stream(env, Reading.list(50, 5))
                .windowAll(TumblingEventTimeWindows.of(SIZE))
                .process(new ProcessAllWindowFunction<Reading, String, TimeWindow>() {
                    @Override
                    public void process(Context context, Iterable<Reading> input, Collector<String> out) {
                        out.collect(context.window() + " " + input);
                    }
                }));
        env.execute();
    }

    private static void allAggregate(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        var windows = Reading.stream(env, Reading.list(50, 5)).windowAll(TumblingEventTimeWindows.of(SIZE));
        run.collect("aggregate ", windows.aggregate(new Average()));
        run.collect("sum ", windows.sum("value"));
        run.collect("apply ", windows.apply(new AllWindowFunction<Reading, Integer, TimeWindow>() {
            @Override
            public void apply(TimeWindow window, Iterable<Reading> input, Collector<Integer> out) {
                int n = 0;
                for (Reading reading : input) {
                    n = n * 31 + reading.value;
                }
                out.collect(n);
            }
        }));
        env.execute();
    }

    /** In order but for a few stragglers. */
    private static List<Reading> stragglers() {
        List<Reading> readings = new ArrayList<>();
        for (Reading reading : Reading.list(50, 2)) {
            readings.add(reading);
            if (reading.time % 70 == 0) {
                readings.add(new Reading(reading.key, reading.time - 60, 100));
                readings.add(new Reading(reading.key, reading.time - 180, 1000));
            }
        }
        return readings;
    }

    private static void allowedLateness(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, stragglers())
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .allowedLateness(Duration.ofMillis(80))
                .process(new Contents()));
        env.execute();
    }

    private static void lateToSideOutput(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        OutputTag<Reading> late = new OutputTag<>("late") {};
        SingleOutputStreamOperator<String> windows = Reading.stream(env, stragglers())
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .sideOutputLateData(late)
                .process(new Contents());
        run.collect(windows);
        run.collect("late ", windows.getSideOutput(late));
        env.execute();
    }

    private static void lateDropped(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, stragglers())
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .sum("value"));
        env.execute();
    }

    /** Window results carry the window's largest time, so that windows can follow windows. */
    private static void cascade(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(100, 4))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .sum("value")
                .windowAll(TumblingEventTimeWindows.of(Duration.ofMillis(300)))
                .process(new ProcessAllWindowFunction<Reading, String, TimeWindow>() {
                    @Override
                    public void process(Context context, Iterable<Reading> input, Collector<String> out) {
                        int n = 0;
                        for (Reading reading : input) {
                            n += reading.value;
                        }
                        out.collect(context.window() + " " + n);
                    }
                }));
        env.execute();
    }

    private static void negativeTimes(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        List<Reading> readings = Reading.list(40, 2);
        readings.forEach(reading -> reading.time -= 205);
        run.collect(Reading.stream(env, readings)
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(SIZE))
                .process(new Contents()));
        env.execute();
    }

    /** A window's elements in the order in which they came. */
    static final class Contents extends ProcessWindowFunction<Reading, String, String, TimeWindow> {
        @Override
        public void process(String key, Context context, Iterable<Reading> input, Collector<String> out) {
            out.collect(key + " " + context.window() + " " + text(input));
        }
    }

    /** The same for any window. */
    static final class AnyContents<W extends Window> extends ProcessWindowFunction<Reading, String, String, W> {
        @Override
        public void process(String key, Context context, Iterable<Reading> input, Collector<String> out) {
            out.collect(key + " " + text(input));
        }
    }

    static String text(Iterable<Reading> input) {
        StringBuilder text = new StringBuilder();
        for (Reading reading : input) {
            text.append(reading.time).append('=').append(reading.value).append(' ');
        }
        return text.toString().trim();
    }

    /** Sum and number, with {@code merge} for sessions. */
    static final class Average implements AggregateFunction<Reading, long[], String> {
        @Override
        public long[] createAccumulator() {
            return new long[2];
        }

        @Override
        public long[] add(Reading reading, long[] accumulator) {
            accumulator[0] += reading.value;
            accumulator[1]++;
            return accumulator;
        }

        @Override
        public String getResult(long[] accumulator) {
            return accumulator[0] + "/" + accumulator[1];
        }

        @Override
        public long[] merge(long[] a, long[] b) {
            return new long[] {a[0] + b[0], a[1] + b[1]};
        }
    }
}
