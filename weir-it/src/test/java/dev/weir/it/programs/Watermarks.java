package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** Watermark strategies: periodic, with idleness, with alignment. Sources stay until a window has fired without their end. */
final class Watermarks {
    private Watermarks() {}

    static List<Program> programs() {
        return List.of(
                program("watermark-periodic", Watermarks::periodic),
                program("watermark-interval-shortened", Watermarks::shortInterval),
                program("watermark-bounded-out-of-orderness", Watermarks::outOfOrderness),
                program("watermark-idle-source-by-timeout", Watermarks::idleByTimeout),
                program("watermark-idle-source-by-its-own-word", Watermarks::idleByWord),
                program("watermark-alignment", Watermarks::alignment),
                program("watermark-alignment-with-a-source-that-ends", Watermarks::alignmentEnds),
                program("timestamps-assigned-anew", Watermarks::assignedAnew),
                program("no-watermarks-until-the-end", Watermarks::none));
    }

    private static WatermarkStrategy<Reading> periodicStrategy(Duration outOfOrderness) {
        return WatermarkStrategy.<Reading>forBoundedOutOfOrderness(outOfOrderness)
                .withTimestampAssigner((reading, previous) -> reading.time);
    }

    /** Opens gate {@code fired} when the window that begins at so many milliseconds fires. */
    private static final class Telling extends ProcessWindowFunction<Reading, String, String, TimeWindow> {
        private final String runId;
        private final long start;

        private Telling(String runId, long start) {
            this.runId = runId;
            this.start = start;
        }

        @Override
        public void process(String key, Context context, Iterable<Reading> input, Collector<String> out) {
            out.collect(key + " " + context.window() + " " + Windows.text(input));
            if (context.window().getStart() == start) {
                Board.of(runId).open("fired");
            }
        }
    }

    private static void fire(Run run, StreamExecutionEnvironment env, DataStream<Reading> readings, long start)
            throws Exception {
        run.collect(readings.keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .process(new Telling(run.id(), start)));
        env.execute();
    }

    private static DataStream<Reading> held(Run run, StreamExecutionEnvironment env, int n) {
        return env.addSource(new HeldSource(run.id(), Reading.list(n, 1), "fired"));
    }

    private static void periodic(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        fire(run, env, held(run, env, 50).assignTimestampsAndWatermarks(periodicStrategy(Duration.ZERO)), 300);
    }

    private static void shortInterval(Run run) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, Duration.ofMillis(5));
        StreamExecutionEnvironment env = run.env(configuration);
        fire(run, env, held(run, env, 50).assignTimestampsAndWatermarks(periodicStrategy(Duration.ZERO)), 300);
    }

    private static void outOfOrderness(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        fire(run, env, held(run, env, 50).assignTimestampsAndWatermarks(periodicStrategy(Duration.ofMillis(150))), 200);
    }

    private static void idleByTimeout(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        WatermarkStrategy<Reading> strategy = Reading.punctuated(0).withIdleness(Duration.ofMillis(50));
        DataStream<Reading> silent = held(run, env, 0).assignTimestampsAndWatermarks(strategy);
        fire(
                run,
                env,
                held(run, env, 50).assignTimestampsAndWatermarks(strategy).union(silent),
                300);
    }

    private record SaysItIsIdle(String runId) implements SourceFunction<Reading> {
        @Override
        public void run(SourceContext<Reading> context) throws Exception {
            context.markAsTemporarilyIdle();
            Board.of(runId).await("fired");
        }

        @Override
        public void cancel() {}
    }

    private static void idleByWord(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> silent = env.addSource(new SaysItIsIdle(run.id())).returns(Reading.class);
        fire(
                run,
                env,
                held(run, env, 50)
                        .assignTimestampsAndWatermarks(Reading.punctuated(0))
                        .union(silent),
                300);
    }

    private static List<List<Reading>> split(int n, long stepMillis) {
        List<Reading> readings = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            readings.add(new Reading("k" + i % 3, i * stepMillis, i));
        }
        return List.of(readings);
    }

    private static void aligned(Run run, int slowEnd) throws Exception {
        StreamExecutionEnvironment env = run.env();
        WatermarkStrategy<Reading> strategy =
                Reading.punctuated(0).withWatermarkAlignment("group", Duration.ofMillis(50), Duration.ofMillis(5));
        DataStream<Reading> fast = env.fromSource(new SplitSource(run.id(), split(60, 40)), strategy, "fast")
                .setParallelism(1);
        DataStream<Reading> slow = env.fromSource(new SplitSource(run.id(), split(slowEnd, 10)), strategy, "slow")
                .setParallelism(1);
        run.collect(fast.union(slow)
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Duration.ofDays(1)))
                .sum("value")
                .map(reading -> reading.key + " " + reading.value));
        env.execute();
    }

    private static void alignment(Run run) throws Exception {
        aligned(run, 240);
    }

    private static void alignmentEnds(Run run) throws Exception {
        aligned(run, 5);
    }

    private static void assignedAnew(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(20, 2))
                .assignTimestampsAndWatermarks(WatermarkStrategy.<Reading>noWatermarks()
                        .withTimestampAssigner((reading, previous) -> previous * 2 + 1))
                .process(new ProcessFunction<Reading, String>() {
                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out) {
                        out.collect(reading + " stamped " + context.timestamp() + " before "
                                + context.timerService().currentWatermark());
                    }
                }));
        env.execute();
    }

    private static void none(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(20, 2))
                .assignTimestampsAndWatermarks(WatermarkStrategy.<Reading>noWatermarks()
                        .withTimestampAssigner((reading, previous) -> reading.time))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .process(new Windows.Contents()));
        env.execute();
    }
}
