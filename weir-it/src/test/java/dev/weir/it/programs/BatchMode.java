package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.CoGroupFunction;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.GlobalWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.util.Collector;

/** Bounded programs in batch execution mode: keyed inputs come sorted, only final results leave. */
final class BatchMode {
    private BatchMode() {}

    static List<Program> programs() {
        return List.of(
                program("batch-word-count", BatchMode::wordCount),
                program("batch-keyed-reduce-gives-final-results", BatchMode::reduce),
                program("batch-keys-come-together", BatchMode::keysTogether),
                program("batch-input-sorted-by-time", BatchMode::sortedByTime),
                program("batch-timers-fire-at-the-end-of-a-key", BatchMode::timers),
                program("batch-windows", BatchMode::windows),
                program("batch-nothing-is-late", BatchMode::nothingLate),
                program("batch-join-and-co-group", BatchMode::joins),
                program("batch-keyed-co-process", BatchMode::coProcess),
                program("batch-broadcast-state-first", BatchMode::broadcast),
                program("batch-mode-chosen-automatically", BatchMode::automatic),
                program("batch-full-partition-windows", BatchMode::fullPartition));
    }

    private static StreamExecutionEnvironment batch(Run run) {
        StreamExecutionEnvironment env = run.env();
        env.setRuntimeMode(RuntimeExecutionMode.BATCH);
        return env;
    }

    /** Times go up and down. */
    private static List<Reading> shuffled(int n, int keys) {
        List<Reading> readings = new ArrayList<>(Reading.list(n, keys));
        for (Reading reading : readings) {
            reading.time = reading.time * 37 % (n * 10L);
        }
        return readings;
    }

    private static DataStream<Reading> timed(StreamExecutionEnvironment env, List<Reading> readings) {
        return env.fromData(readings)
                .assignTimestampsAndWatermarks(WatermarkStrategy.<Reading>forMonotonousTimestamps()
                        .withTimestampAssigner((reading, previous) -> reading.time));
    }

    private static void wordCount(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        run.collect(env.fromData("to", "be", "or", "not", "to", "be")
                .map(word -> new Reading(word, 0, 1))
                .keyBy(Reading::getKey)
                .sum("value"));
        env.execute();
    }

    private static void reduce(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        run.collect(env.fromData(Reading.list(100, 7))
                .keyBy(Reading::getKey)
                .reduce((a, b) -> new Reading(a.key, Math.max(a.time, b.time), a.value + b.value)));
        env.execute();
    }

    private static void keysTogether(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        run.collect(env.fromData(Reading.list(60, 5))
                .keyBy(Reading::getKey)
                .process(new KeyedProcessFunction<String, Reading, String>() {
                    private String key = "";
                    private int changes;

                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out) {
                        if (!reading.key.equals(key)) {
                            key = reading.key;
                            changes++;
                            out.collect(key + " begins");
                        }
                        if (changes > 5) {
                            out.collect("keys are interleaved");
                        }
                    }
                }));
        env.execute();
    }

    private static void sortedByTime(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        run.collect(timed(env, shuffled(50, 3))
                .keyBy(Reading::getKey)
                .process(new KeyedProcessFunction<String, Reading, String>() {
                    private String key = "";
                    private long last;

                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out) {
                        if (reading.key.equals(key) && last > reading.time) {
                            out.collect("out of order: " + reading);
                        }
                        key = reading.key;
                        last = reading.time;
                        out.collect(
                                reading + " watermark " + context.timerService().currentWatermark());
                    }
                }));
        env.execute();
    }

    private static void timers(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        run.collect(timed(env, shuffled(40, 4))
                .keyBy(Reading::getKey)
                .process(new KeyedProcessFunction<String, Reading, String>() {
                    private int elements;

                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out) {
                        elements++;
                        context.timerService().registerEventTimeTimer(reading.time / 100 * 100);
                        context.timerService().registerProcessingTimeTimer(Long.MAX_VALUE - 1);
                    }

                    @Override
                    public void onTimer(long time, OnTimerContext context, Collector<String> out) {
                        out.collect(context.getCurrentKey() + " " + time + " " + context.timeDomain() + " after all: "
                                + (elements % 10 == 0));
                    }
                }));
        env.execute();
    }

    private static void windows(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        DataStream<Reading> readings = timed(env, shuffled(60, 3));
        run.collect(
                "tumbling ",
                readings.keyBy(Reading::getKey)
                        .window(TumblingEventTimeWindows.of(Windows.SIZE))
                        .process(new Windows.Contents()));
        run.collect(
                "session ",
                readings.keyBy(Reading::getKey)
                        .window(EventTimeSessionWindows.withGap(Duration.ofMillis(25)))
                        .aggregate(new Windows.Average()));
        run.collect("count ", readings.keyBy(Reading::getKey).countWindow(4).sum("value"));
        env.execute();
    }

    private static void nothingLate(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        List<Reading> readings = new ArrayList<>(Reading.list(30, 2));
        readings.add(new Reading("k0", 5, 1000));
        run.collect(Reading.stream(env, readings)
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .process(new Windows.Contents()));
        env.execute();
    }

    private static void joins(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        DataStream<Reading> left = timed(env, shuffled(40, 3));
        DataStream<Reading> right = timed(env, shuffled(20, 4));
        run.collect(
                "join ",
                left.join(right)
                        .where(Reading::getKey)
                        .equalTo(Reading::getKey)
                        .window(TumblingEventTimeWindows.of(Windows.SIZE))
                        .apply((a, b) -> a + " " + b, Types.STRING));
        run.collect(
                "co-group ",
                left.coGroup(right)
                        .where(Reading::getKey)
                        .equalTo(Reading::getKey)
                        .window(GlobalWindows.createWithEndOfStreamTrigger())
                        .apply(new CoGroupFunction<Reading, Reading, String>() {
                            @Override
                            public void coGroup(Iterable<Reading> a, Iterable<Reading> b, Collector<String> out) {
                                long sum = 0;
                                String key = "";
                                for (Reading reading : a) {
                                    sum += reading.value;
                                    key = reading.key;
                                }
                                for (Reading reading : b) {
                                    sum += reading.value * 1000L;
                                    key = reading.key;
                                }
                                out.collect(key + " " + sum);
                            }
                        }));
        env.execute();
    }

    private static void coProcess(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        run.collect(timed(env, Reading.list(20, 3))
                .connect(timed(env, Reading.list(30, 4)))
                .keyBy(Reading::getKey, Reading::getKey)
                .process(new KeyedCoProcessFunction<String, Reading, Reading, String>() {
                    @Override
                    public void processElement1(Reading reading, Context context, Collector<String> out) {
                        out.collect("first " + reading);
                        context.timerService().registerEventTimeTimer(1000);
                    }

                    @Override
                    public void processElement2(Reading reading, Context context, Collector<String> out) {
                        out.collect("second " + reading);
                        context.timerService().registerEventTimeTimer(1000);
                    }

                    @Override
                    public void onTimer(long time, OnTimerContext context, Collector<String> out) {
                        out.collect("end of " + context.getCurrentKey());
                    }
                }));
        env.execute();
    }

    private static void broadcast(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        MapStateDescriptor<String, Integer> rules = new MapStateDescriptor<>("rules", Types.STRING, Types.INT);
        // in batch mode the broadcast side is read to its end before the other begins
        run.collect(env.fromData(Reading.list(20, 4))
                .keyBy(Reading::getKey)
                .connect(env.fromData(Reading.list(3, 3)).broadcast(rules))
                .process(new KeyedBroadcastProcessFunction<String, Reading, Reading, String>() {
                    @Override
                    public void processElement(Reading reading, ReadOnlyContext context, Collector<String> out)
                            throws Exception {
                        out.collect(reading + " rule "
                                + context.getBroadcastState(rules).get(reading.key));
                    }

                    @Override
                    public void processBroadcastElement(Reading rule, Context context, Collector<String> out)
                            throws Exception {
                        context.getBroadcastState(rules).put(rule.key, rule.value);
                    }
                }));
        env.execute();
    }

    private static void automatic(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        env.setRuntimeMode(RuntimeExecutionMode.AUTOMATIC);
        run.collect(env.fromSequence(1, 100).keyBy(n -> n % 3).reduce(Long::sum));
        env.execute();
    }

    private static void fullPartition(Run run) throws Exception {
        StreamExecutionEnvironment env = batch(run);
        DataStream<Reading> readings = env.fromData(Reading.list(40, 4));
        run.collect(
                "reduce ",
                readings.keyBy(Reading::getKey)
                        .fullWindowPartition()
                        .reduce((a, b) -> new Reading(a.key, 0, a.value + b.value)));
        run.collect(
                "map ",
                readings.keyBy(Reading::getKey)
                        .fullWindowPartition()
                        .mapPartition((Iterable<Reading> all, Collector<String> out) -> {
                            int n = 0;
                            String key = "";
                            for (Reading reading : all) {
                                n++;
                                key = reading.key;
                            }
                            out.collect(key + " has " + n);
                        })
                        .returns(Types.STRING));
        env.execute();
    }
}
