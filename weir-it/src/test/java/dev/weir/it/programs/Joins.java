package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.CoGroupFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Joins by window and by interval, and coGroup. */
final class Joins {
    private Joins() {}

    static List<Program> programs() {
        return List.of(
                program("window-join-tumbling", Joins::windowJoin),
                program("window-join-sliding", Joins::windowJoinSliding),
                program("window-join-session", Joins::windowJoinSession),
                program("window-join-flat", Joins::windowJoinFlat),
                program("window-join-with-itself", Joins::windowJoinSelf),
                program("co-group", Joins::coGroup),
                program("co-group-with-one-empty-side", Joins::coGroupEmptySide),
                program("interval-join", Joins::intervalJoin),
                program("interval-join-exclusive-bounds", Joins::intervalJoinExclusive),
                program("interval-join-of-the-past", Joins::intervalJoinPast),
                program("interval-join-late-to-side-output", Joins::intervalJoinLate));
    }

    private static DataStream<Reading> left(StreamExecutionEnvironment env) {
        return env.fromData(Reading.list(40, 3)).assignTimestampsAndWatermarks(Reading.punctuated(10_000));
    }

    private static DataStream<Reading> right(StreamExecutionEnvironment env) {
        List<Reading> readings = new ArrayList<>();
        for (Reading reading : Reading.list(25, 4)) {
            readings.add(new Reading(reading.key, reading.time * 3 / 2 + 3, reading.value + 100));
        }
        return env.fromData(readings).assignTimestampsAndWatermarks(Reading.punctuated(10_000));
    }

    private static void windowJoin(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(left(env)
                .join(right(env))
                .where(Reading::getKey)
                .equalTo(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .apply((a, b) -> a + " " + b, Types.STRING));
        env.execute();
    }

    private static void windowJoinSliding(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(left(env)
                .join(right(env))
                .where(Reading::getKey)
                .equalTo(Reading::getKey)
                .window(SlidingEventTimeWindows.of(Duration.ofMillis(80), Duration.ofMillis(40)))
                .apply((a, b) -> a + " " + b, Types.STRING));
        env.execute();
    }

    private static void windowJoinSession(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(left(env)
                .join(right(env))
                .where(Reading::getKey)
                .equalTo(Reading::getKey)
                .window(EventTimeSessionWindows.withGap(Duration.ofMillis(15)))
                .apply((a, b) -> a + " " + b, Types.STRING));
        env.execute();
    }

    private static void windowJoinFlat(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(left(env)
                .join(right(env))
                .where(Reading::getKey)
                .equalTo(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .apply(
                        (Reading a, Reading b, Collector<String> out) -> {
                            for (int i = 0; i < a.value % 3; i++) {
                                out.collect(a + " " + b + " " + i);
                            }
                        },
                        Types.STRING));
        env.execute();
    }

    private static void windowJoinSelf(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> readings = left(env);
        run.collect(readings.join(readings)
                .where(Reading::getKey)
                .equalTo(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(60)))
                .apply((a, b) -> a + " " + b, Types.STRING));
        env.execute();
    }

    private static void coGroup(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(left(env)
                .coGroup(right(env))
                .where(Reading::getKey)
                .equalTo(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .apply(new Both()));
        env.execute();
    }

    private static void coGroupEmptySide(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(left(env)
                .coGroup(right(env).filter(reading -> false))
                .where(Reading::getKey)
                .equalTo(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .apply(new Both()));
        env.execute();
    }

    private static final class Both implements CoGroupFunction<Reading, Reading, String> {
        @Override
        public void coGroup(Iterable<Reading> first, Iterable<Reading> second, Collector<String> out) {
            out.collect(Windows.text(first) + " | " + Windows.text(second));
        }
    }

    private static KeyedStream<Reading, String> keyed(DataStream<Reading> readings) {
        return readings.keyBy(Reading::getKey);
    }

    private static void intervalJoin(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(keyed(left(env))
                .intervalJoin(keyed(right(env)))
                .between(Duration.ofMillis(-40), Duration.ofMillis(37))
                .process(new Pair()));
        env.execute();
    }

    private static void intervalJoinExclusive(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(keyed(left(env))
                .intervalJoin(keyed(left(env)
                        .map(r -> new Reading(r.key, r.time, r.value + 50))
                        .returns(Reading.class)
                        .assignTimestampsAndWatermarks(Reading.punctuated(10_000))))
                .between(Duration.ofMillis(-60), Duration.ofMillis(60))
                .lowerBoundExclusive()
                .upperBoundExclusive()
                .process(new Pair()));
        env.execute();
    }

    private static void intervalJoinPast(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(keyed(left(env))
                .intervalJoin(keyed(right(env)))
                .between(Duration.ofMillis(-100), Duration.ofMillis(-20))
                .process(new Pair()));
        env.execute();
    }

    private static void intervalJoinLate(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        OutputTag<Reading> late = new OutputTag<>("late") {};
        // one source for both sides, so that they see one watermark
        List<Reading> readings = new ArrayList<>(Reading.list(30, 2));
        readings.add(new Reading("k0", 5, 77));
        readings.add(new Reading("k1", 290, 78));
        DataStream<Reading> stream = Reading.stream(env, readings);
        SingleOutputStreamOperator<String> joined = keyed(stream)
                .intervalJoin(keyed(stream.filter(reading -> false).setParallelism(1)))
                .between(Duration.ofMillis(-10), Duration.ofMillis(10))
                .sideOutputLeftLateData(late)
                .process(new Pair());
        run.collect(joined);
        run.collect("late ", joined.getSideOutput(late));
        env.execute();
    }

    private static final class Pair extends ProcessJoinFunction<Reading, Reading, String> {
        @Override
        public void processElement(Reading left, Reading right, Context context, Collector<String> out) {
            out.collect(left + " " + right + " " + context.getLeftTimestamp() + " " + context.getRightTimestamp() + " "
                    + context.getTimestamp());
        }
    }
}
