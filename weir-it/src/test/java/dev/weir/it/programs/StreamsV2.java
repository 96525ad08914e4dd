package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.BroadcastStateDeclaration;
import org.apache.flink.api.common.state.StateDeclaration;
import org.apache.flink.api.common.state.StateDeclarations;
import org.apache.flink.api.common.state.ValueStateDeclaration;
import org.apache.flink.api.common.state.v2.ValueState;
import org.apache.flink.api.common.typeinfo.TypeDescriptors;
import org.apache.flink.api.common.watermark.LongWatermark;
import org.apache.flink.api.common.watermark.LongWatermarkDeclaration;
import org.apache.flink.api.common.watermark.Watermark;
import org.apache.flink.api.common.watermark.WatermarkDeclaration;
import org.apache.flink.api.common.watermark.WatermarkDeclarations;
import org.apache.flink.api.common.watermark.WatermarkHandlingResult;
import org.apache.flink.api.connector.dsv2.DataStreamV2SinkUtils;
import org.apache.flink.api.connector.dsv2.DataStreamV2SourceUtils;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.datastream.api.ExecutionEnvironment;
import org.apache.flink.datastream.api.builtin.BuiltinFuncs;
import org.apache.flink.datastream.api.common.Collector;
import org.apache.flink.datastream.api.context.NonPartitionedContext;
import org.apache.flink.datastream.api.context.PartitionedContext;
import org.apache.flink.datastream.api.context.TwoOutputPartitionedContext;
import org.apache.flink.datastream.api.extension.eventtime.EventTimeExtension;
import org.apache.flink.datastream.api.extension.eventtime.function.OneInputEventTimeStreamProcessFunction;
import org.apache.flink.datastream.api.extension.eventtime.timer.EventTimeManager;
import org.apache.flink.datastream.api.extension.window.context.OneInputWindowContext;
import org.apache.flink.datastream.api.extension.window.function.OneInputWindowStreamProcessFunction;
import org.apache.flink.datastream.api.extension.window.strategy.WindowStrategy;
import org.apache.flink.datastream.api.function.OneInputStreamProcessFunction;
import org.apache.flink.datastream.api.function.TwoInputBroadcastStreamProcessFunction;
import org.apache.flink.datastream.api.function.TwoInputNonBroadcastStreamProcessFunction;
import org.apache.flink.datastream.api.function.TwoOutputStreamProcessFunction;
import org.apache.flink.datastream.api.stream.KeyedPartitionStream;
import org.apache.flink.datastream.api.stream.NonKeyedPartitionStream;
import org.apache.flink.datastream.api.stream.NonKeyedPartitionStream.ProcessConfigurableAndTwoNonKeyedPartitionStream;

/** The DataStream API V2. */
final class StreamsV2 {
    private StreamsV2() {}

    static List<Program> programs() {
        return List.of(
                program("v2-process", StreamsV2::process),
                program("v2-keyed-state", StreamsV2::keyedState),
                program("v2-keyed-state-in-batch-mode", StreamsV2::keyedStateBatch),
                program("v2-global-and-shuffle", StreamsV2::globalAndShuffle),
                program("v2-two-outputs", StreamsV2::twoOutputs),
                program("v2-two-inputs", StreamsV2::twoInputs),
                program("v2-broadcast", StreamsV2::broadcast, Program.Trait.BY_PARALLELISM),
                program("v2-join", StreamsV2::join),
                program("v2-event-time-timers", StreamsV2::eventTime),
                program("v2-windows", StreamsV2::windows),
                program("v2-generalized-watermarks", StreamsV2::generalizedWatermarks),
                program("v2-processing-timers", StreamsV2::processingTimers),
                program("v2-fails-in-process", StreamsV2::fails));
    }

    private static NonKeyedPartitionStream<Long> numbers(ExecutionEnvironment env, long n) {
        return env.fromSource(DataStreamV2SourceUtils.wrapSource(new NumberSequenceSource(1, n)), "numbers");
    }

    /** All of them from one subtask, in order. */
    private static NonKeyedPartitionStream<Reading> readings(ExecutionEnvironment env, int n, int keys) {
        return env.fromSource(DataStreamV2SourceUtils.fromData(Reading.list(n, keys)), "readings")
                .withParallelism(1);
    }

    private static <T> org.apache.flink.api.connector.dsv2.Sink<T> sink(Run run, String prefix) {
        return DataStreamV2SinkUtils.wrapSink(run.<T>sink(prefix));
    }

    private static final class Twice implements OneInputStreamProcessFunction<Long, Long> {
        @Override
        public void processRecord(Long record, Collector<Long> output, PartitionedContext<Long> context) {
            output.collect(record);
            output.collectAndOverwriteTimestamp(-record, record);
        }
    }

    private static void process(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        numbers(env, 30).process(new Twice()).withName("twice").toSink(sink(run, ""));
        env.execute("v2");
    }

    private static final class Sum implements OneInputStreamProcessFunction<Reading, String> {
        private final ValueStateDeclaration<Integer> sum = StateDeclarations.valueState("sum", TypeDescriptors.INT);

        @Override
        public Set<StateDeclaration> usesStates() {
            return Set.of(sum);
        }

        @Override
        public void processRecord(Reading reading, Collector<String> output, PartitionedContext<String> context)
                throws Exception {
            ValueState<Integer> state = context.getStateManager().getState(sum);
            int now = (state.value() == null ? 0 : state.value()) + reading.value;
            state.update(now);
            String key = context.getStateManager().getCurrentKey();
            output.collect(key + " " + now);
        }
    }

    private static void keyedState(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        readings(env, 40, 4).keyBy(Reading::getKey).process(new Sum()).toSink(sink(run, ""));
        env.execute("v2");
    }

    private static final class Ones implements OneInputStreamProcessFunction<Reading, Reading> {
        @Override
        public void processRecord(Reading reading, Collector<Reading> output, PartitionedContext<Reading> context) {
            output.collect(new Reading(reading.key, reading.time, 1));
        }
    }

    private static void keyedStateBatch(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        env.setExecutionMode(RuntimeExecutionMode.BATCH);
        // ones, since the order of a key's elements is free
        readings(env, 40, 4)
                .process(new Ones())
                .keyBy(Reading::getKey)
                .process(new Sum())
                .toSink(sink(run, ""));
        env.execute("v2");
    }

    private static void globalAndShuffle(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        numbers(env, 20)
                .shuffle()
                .process(new Twice())
                .global()
                .process(new Twice())
                .toSink(sink(run, ""));
        env.execute("v2");
    }

    private static void twoOutputs(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        ProcessConfigurableAndTwoNonKeyedPartitionStream<Long, String> both = numbers(env, 20)
                .process(new TwoOutputStreamProcessFunction<Long, Long, String>() {
                    @Override
                    public void processRecord(
                            Long record,
                            Collector<Long> first,
                            Collector<String> second,
                            TwoOutputPartitionedContext<Long, String> context) {
                        first.collect(record);
                        if (record % 5 == 0) {
                            second.collect("five divides " + record);
                        }
                    }
                });
        both.getFirst().toSink(sink(run, "first "));
        both.getSecond().toSink(sink(run, "second "));
        env.execute("v2");
    }

    private static void twoInputs(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        numbers(env, 15)
                .connectAndProcess(
                        readings(env, 10, 2), new TwoInputNonBroadcastStreamProcessFunction<Long, Reading, String>() {
                            @Override
                            public void processRecordFromFirstInput(
                                    Long record, Collector<String> output, PartitionedContext<String> context) {
                                output.collect("first " + record);
                            }

                            @Override
                            public void processRecordFromSecondInput(
                                    Reading record, Collector<String> output, PartitionedContext<String> context) {
                                output.collect("second " + record);
                            }
                        })
                .toSink(sink(run, ""));
        env.execute("v2");
    }

    private static final class Rules implements TwoInputBroadcastStreamProcessFunction<Long, Reading, String> {
        private final BroadcastStateDeclaration<String, Integer> rules = StateDeclarations.mapStateBuilder(
                        "rules", TypeDescriptors.STRING, TypeDescriptors.INT)
                .buildBroadcast();

        @Override
        public Set<StateDeclaration> usesStates() {
            return Set.of(rules);
        }

        @Override
        public void processRecordFromNonBroadcastInput(
                Long record, Collector<String> output, PartitionedContext<String> context) {
            output.collect("record " + record);
        }

        @Override
        public void processRecordFromBroadcastInput(Reading rule, NonPartitionedContext<String> context)
                throws Exception {
            context.applyToAllPartitions((output, partition) -> {
                BroadcastState<String, Integer> state =
                        partition.getStateManager().getState(rules);
                state.put(rule.key, rule.value);
                output.collect("rule " + rule.key + " is " + state.get(rule.key));
            });
        }
    }

    private static void broadcast(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        numbers(env, 10)
                .connectAndProcess(readings(env, 4, 2).broadcast(), new Rules())
                .toSink(sink(run, ""));
        env.execute("v2");
    }

    private static void join(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        KeyedPartitionStream<String, Reading> left = readings(env, 12, 4).keyBy(Reading::getKey);
        KeyedPartitionStream<String, Reading> right = readings(env, 10, 5).keyBy(Reading::getKey);
        BuiltinFuncs.join(left, right, new Pairs()).toSink(sink(run, ""));
        env.execute("v2");
    }

    private static final class Pairs
            implements org.apache.flink.datastream.api.extension.join.JoinFunction<Reading, Reading, String> {
        @Override
        public void processRecord(
                Reading left,
                Reading right,
                Collector<String> output,
                org.apache.flink.datastream.api.context.RuntimeContext context) {
            output.collect(left + " " + right);
        }
    }

    private static NonKeyedPartitionStream<Reading> timed(ExecutionEnvironment env, int n, int keys) {
        return readings(env, n, keys)
                .process(EventTimeExtension.<Reading>newWatermarkGeneratorBuilder(reading -> reading.time)
                        .perEventWatermark()
                        .buildAsProcessFunction())
                .withParallelism(1);
    }

    private static final class AtHundreds implements OneInputEventTimeStreamProcessFunction<Reading, String> {
        private transient EventTimeManager timers;

        @Override
        public void initEventTimeProcessFunction(EventTimeManager manager) {
            timers = manager;
        }

        @Override
        public void processRecord(Reading reading, Collector<String> output, PartitionedContext<String> context) {
            timers.registerTimer(reading.time / 100 * 100 + 100);
        }

        @Override
        public void onEventTimer(long timestamp, Collector<String> output, PartitionedContext<String> context) {
            String key = context.getStateManager().getCurrentKey();
            output.collect(key + " at " + timestamp);
        }
    }

    private static void eventTime(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        timed(env, 60, 3)
                .keyBy(Reading::getKey)
                .process(EventTimeExtension.wrapProcessFunction(new AtHundreds()))
                .toSink(sink(run, ""));
        env.execute("v2");
    }

    private static final class WindowSum implements OneInputWindowStreamProcessFunction<Reading, String> {
        @Override
        public void onTrigger(
                Collector<String> output, PartitionedContext<String> context, OneInputWindowContext<Reading> window) {
            int sum = 0;
            for (Reading reading : window.getAllRecords()) {
                sum += reading.value;
            }
            String key = context.getStateManager().getCurrentKey();
            output.collect(key + " [" + window.getStartTime() + ", " + window.getEndTime() + ") " + sum);
        }
    }

    private static void windows(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        window(run, env, "tumbling ", WindowStrategy.tumbling(Duration.ofMillis(100)));
        window(run, env, "sliding ", WindowStrategy.sliding(Duration.ofMillis(100), Duration.ofMillis(50)));
        window(run, env, "session ", WindowStrategy.session(Duration.ofMillis(25)));
        env.execute("v2");
    }

    private static void window(Run run, ExecutionEnvironment env, String prefix, WindowStrategy strategy) {
        timed(env, 60, 3)
                .keyBy(Reading::getKey)
                .process(BuiltinFuncs.window(strategy, new WindowSum()))
                .toSink(sink(run, prefix));
    }

    private static final LongWatermarkDeclaration LEVEL = WatermarkDeclarations.newBuilder("LEVEL")
            .typeLong()
            .combineFunctionMax()
            .combineWaitForAllChannels(false)
            .defaultHandlingStrategyForward()
            .build();

    private static final class EmitsLevels implements OneInputStreamProcessFunction<Reading, Reading> {
        @Override
        public Set<? extends WatermarkDeclaration> declareWatermarks() {
            return Set.of(LEVEL);
        }

        @Override
        public void processRecord(Reading reading, Collector<Reading> output, PartitionedContext<Reading> context) {
            output.collect(reading);
            if (reading.time % 40 == 0) {
                context.getNonPartitionedContext()
                        .getWatermarkManager()
                        .emitWatermark(LEVEL.newWatermark(reading.time));
            }
        }
    }

    private static final class SeesLevels implements OneInputStreamProcessFunction<Reading, String> {
        private long level = -1;

        @Override
        public void processRecord(Reading reading, Collector<String> output, PartitionedContext<String> context) {
            output.collect(reading + " at level " + level);
        }

        @Override
        public WatermarkHandlingResult onWatermark(
                Watermark watermark, Collector<String> output, NonPartitionedContext<String> context) {
            if (watermark.getIdentifier().equals("LEVEL")) {
                level = ((LongWatermark) watermark).getValue();
            }
            return WatermarkHandlingResult.PEEK;
        }
    }

    private static void generalizedWatermarks(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        readings(env, 20, 2)
                .process(new EmitsLevels())
                .withParallelism(1)
                .keyBy(Reading::getKey)
                .process(new SeesLevels())
                .toSink(sink(run, ""));
        env.execute("v2");
    }

    private static final class Soon implements OneInputStreamProcessFunction<Reading, String> {
        private final String runId;

        private Soon(String runId) {
            this.runId = runId;
        }

        @Override
        public void processRecord(Reading reading, Collector<String> output, PartitionedContext<String> context) {
            output.collect(reading + " now known: "
                    + (context.getProcessingTimeManager().currentTime() > 0));
            context.getProcessingTimeManager().registerTimer(1);
        }

        @Override
        public void onProcessingTimer(long timestamp, Collector<String> output, PartitionedContext<String> context) {
            Board.of(runId).count("fired");
        }
    }

    private static void processingTimers(Run run) throws Exception {
        ExecutionEnvironment env = run.envV2();
        readings(env, 9, 3).keyBy(Reading::getKey).process(new Soon(run.id())).toSink(sink(run, ""));
        env.execute("v2");
    }

    private static void fails(Run run) {
        run.failure(() -> {
            ExecutionEnvironment env = run.envV2();
            readings(env, 9, 3)
                    .keyBy(Reading::getKey)
                    .process(new OneInputStreamProcessFunction<Reading, String>() {
                        @Override
                        public void processRecord(
                                Reading reading, Collector<String> output, PartitionedContext<String> context) {
                            throw new IllegalStateException("no record is good enough");
                        }
                    })
                    .toSink(sink(run, ""));
            env.execute("v2");
        });
    }
}
