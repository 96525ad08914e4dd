package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.BroadcastStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.BroadcastProcessFunction;
import org.apache.flink.streaming.api.functions.co.CoFlatMapFunction;
import org.apache.flink.streaming.api.functions.co.CoMapFunction;
import org.apache.flink.streaming.api.functions.co.CoProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/** Two inputs: connected streams and broadcast state. */
final class Connected {
    private static final MapStateDescriptor<String, Integer> RULES =
            new MapStateDescriptor<>("rules", Types.STRING, Types.INT);

    private Connected() {}

    static List<Program> programs() {
        return List.of(
                program("connect-co-map", Connected::coMap),
                program("connect-co-flat-map", Connected::coFlatMap),
                program("connect-with-itself", Connected::self),
                program("connect-co-process", Connected::coProcess),
                program("connect-keyed-co-process", Connected::keyedCoProcess),
                program("connect-keyed-join-by-state", Connected::keyedJoinByState),
                program("connect-watermark-is-the-smaller", Connected::watermark),
                program("broadcast-state", Connected::broadcastState, Trait.BY_PARALLELISM),
                program("broadcast-state-keyed", Connected::keyedBroadcastState, Trait.BY_PARALLELISM),
                program("broadcast-state-apply-to-keyed-state", Connected::applyToKeyedState));
    }

    private static void coMap(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 20)
                .connect(env.fromData("a", "b", "c"))
                .map(new CoMapFunction<Long, String, String>() {
                    @Override
                    public String map1(Long value) {
                        return "number " + value;
                    }

                    @Override
                    public String map2(String value) {
                        return "text " + value;
                    }
                }));
        env.execute();
    }

    private static void coFlatMap(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 20)
                .connect(env.fromSequence(100, 105))
                .flatMap(new CoFlatMapFunction<Long, Long, Long>() {
                    @Override
                    public void flatMap1(Long value, Collector<Long> out) {
                        if (value % 2 == 0) {
                            out.collect(value);
                            out.collect(value);
                        }
                    }

                    @Override
                    public void flatMap2(Long value, Collector<Long> out) {
                        out.collect(-value);
                    }
                }));
        env.execute();
    }

    private static void self(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Long> numbers = env.fromSequence(1, 20);
        run.collect(numbers.connect(numbers).map(new CoMapFunction<Long, Long, String>() {
            @Override
            public String map1(Long value) {
                return "first " + value;
            }

            @Override
            public String map2(Long value) {
                return "second " + value;
            }
        }));
        env.execute();
    }

    private static void coProcess(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(20, 3))
                .connect(env.fromData("x", "y"))
                .process(new CoProcessFunction<Reading, String, String>() {
                    @Override
                    public void processElement1(Reading reading, Context context, Collector<String> out) {
                        out.collect(reading + " stamped " + context.timestamp());
                    }

                    @Override
                    public void processElement2(String text, Context context, Collector<String> out) {
                        out.collect(text + " stamped " + context.timestamp());
                    }
                }));
        env.execute();
    }

    private static void keyedCoProcess(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> left =
                env.fromData(Reading.list(30, 4)).assignTimestampsAndWatermarks(Reading.punctuated(9000));
        DataStream<Reading> right =
                env.fromData(Reading.list(15, 5)).assignTimestampsAndWatermarks(Reading.punctuated(9000));
        run.collect(left.keyBy(Reading::getKey)
                .connect(right.keyBy(Reading::getKey))
                .process(new Differences()));
        env.execute();
    }

    /** At the end of event time: the sum of the left minus that of the right. */
    private static final class Differences extends KeyedCoProcessFunction<String, Reading, Reading, String> {
        private transient ValueState<Integer> sum;

        @Override
        public void open(OpenContext context) {
            sum = getRuntimeContext().getState(new ValueStateDescriptor<>("sum", Types.INT));
        }

        @Override
        public void processElement1(Reading reading, Context context, Collector<String> out) throws Exception {
            add(reading.value, context);
        }

        @Override
        public void processElement2(Reading reading, Context context, Collector<String> out) throws Exception {
            add(-reading.value, context);
        }

        private void add(int value, Context context) throws Exception {
            sum.update((sum.value() == null ? 0 : sum.value()) + value);
            context.timerService().registerEventTimeTimer(20_000);
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<String> out) throws Exception {
            out.collect(context.getCurrentKey() + " " + time + " " + sum.value() + " " + context.timeDomain());
        }
    }

    private static void keyedJoinByState(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(10, 10))
                .connect(env.fromData(Reading.list(8, 8)))
                .keyBy(Reading::getKey, Reading::getKey)
                .process(new CoProcessFunction<Reading, Reading, String>() {
                    private transient ValueState<Reading> other;

                    @Override
                    public void open(OpenContext context) {
                        other = getRuntimeContext().getState(new ValueStateDescriptor<>("other", Reading.class));
                    }

                    @Override
                    public void processElement1(Reading reading, Context context, Collector<String> out)
                            throws Exception {
                        meet(reading, out);
                    }

                    @Override
                    public void processElement2(Reading reading, Context context, Collector<String> out)
                            throws Exception {
                        meet(reading, out);
                    }

                    private void meet(Reading reading, Collector<String> out) throws Exception {
                        if (other.value() == null) {
                            other.update(reading);
                        } else {
                            out.collect(reading.key + " " + (reading.value + other.value().value));
                            other.clear();
                        }
                    }
                }));
        env.execute();
    }

    /** The slow side stays until the fast side has been read, so that the fast side never sees its own watermark. */
    private static void watermark(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        DataStream<Reading> fast = Reading.stream(env, Reading.list(30, 2));
        DataStream<Reading> slow = env.addSource(new HeldSource(id, Reading.list(30, 2), "read"))
                .assignTimestampsAndWatermarks(Reading.punctuated(5000));
        run.collect(fast.connect(slow)
                .keyBy(Reading::getKey, Reading::getKey)
                .process(new KeyedCoProcessFunction<String, Reading, Reading, String>() {
                    @Override
                    public void processElement1(Reading reading, Context context, Collector<String> out) {
                        out.collect(reading + (context.timerService().currentWatermark() < 0 ? " in time" : " late"));
                        if (Board.of(id).count("read") == 30) {
                            Board.of(id).open("read");
                        }
                    }

                    @Override
                    public void processElement2(Reading reading, Context context, Collector<String> out) {
                        out.collect(reading + (context.timerService().currentWatermark() < 0 ? " in time" : " late"));
                    }
                }));
        env.execute();
    }

    private static BroadcastStream<Reading> rules(StreamExecutionEnvironment env) {
        return env.fromData(Reading.list(6, 3)).broadcast(RULES);
    }

    /** Which side comes first is free, so each instance says at its end what it has seen of the rules. */
    private static void broadcastState(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromSequence(1, 20)
                .connect(rules(env))
                .process(new BroadcastProcessFunction<Long, Reading, String>() {
                    @Override
                    public void processElement(Long n, ReadOnlyContext context, Collector<String> out)
                            throws Exception {
                        for (Map.Entry<String, Integer> rule :
                                context.getBroadcastState(RULES).immutableEntries()) {
                            if (!rule.getKey().startsWith("k")) {
                                out.collect("strange rule " + rule);
                            }
                        }
                        out.collect("element " + n);
                    }

                    @Override
                    public void processBroadcastElement(Reading rule, Context context, Collector<String> out)
                            throws Exception {
                        context.getBroadcastState(RULES).put(rule.key, rule.value);
                        Map<String, Integer> all = new TreeMap<>();
                        for (Map.Entry<String, Integer> entry :
                                context.getBroadcastState(RULES).entries()) {
                            all.put(entry.getKey(), entry.getValue());
                        }
                        out.collect("rules " + all);
                    }
                }));
        env.execute();
    }

    private static void keyedBroadcastState(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(20, 4))
                .assignTimestampsAndWatermarks(Reading.punctuated(0))
                .keyBy(Reading::getKey)
                .connect(Reading.stream(env, Reading.list(6, 3)).broadcast(RULES))
                .process(new KeyedBroadcastProcessFunction<String, Reading, Reading, String>() {
                    @Override
                    public void processElement(Reading reading, ReadOnlyContext context, Collector<String> out) {
                        context.timerService().registerEventTimeTimer(100_000);
                    }

                    @Override
                    public void processBroadcastElement(Reading rule, Context context, Collector<String> out)
                            throws Exception {
                        context.getBroadcastState(RULES).put(rule.key, rule.value);
                        out.collect("rule " + rule);
                    }

                    @Override
                    public void onTimer(long time, OnTimerContext context, Collector<String> out) throws Exception {
                        // both inputs have ended, so all rules are there
                        ReadOnlyBroadcastState<String, Integer> rules = context.getBroadcastState(RULES);
                        out.collect(context.getCurrentKey() + " has rule " + rules.get(context.getCurrentKey())
                                + " contained " + rules.contains(context.getCurrentKey()));
                    }
                }));
        env.execute();
    }

    private static void applyToKeyedState(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        ValueStateDescriptor<Integer> sum = new ValueStateDescriptor<>("sum", Types.INT);
        String id = run.id();
        // the rule is held back until all readings have been added
        run.collect(env.fromData(Reading.list(24, 6))
                .keyBy(Reading::getKey)
                .connect(env.addSource(new GatedSource(id, List.of(new Reading("rule", 0, 0)), "added"))
                        .broadcast(RULES))
                .process(new SumUntilRule(id, sum, 24)));
        env.execute();
    }

    private static final class SumUntilRule extends KeyedBroadcastProcessFunction<String, Reading, Reading, String> {
        private final String runId;
        private final ValueStateDescriptor<Integer> descriptor;
        private final int expected;

        private SumUntilRule(String runId, ValueStateDescriptor<Integer> descriptor, int expected) {
            this.runId = runId;
            this.descriptor = descriptor;
            this.expected = expected;
        }

        @Override
        public void processElement(Reading reading, ReadOnlyContext context, Collector<String> out) throws Exception {
            ValueState<Integer> sum = getRuntimeContext().getState(descriptor);
            sum.update((sum.value() == null ? 0 : sum.value()) + reading.value);
            Board board = Board.of(runId);
            if (board.count("added") == expected) {
                board.open("added");
            }
        }

        @Override
        public void processBroadcastElement(Reading rule, Context context, Collector<String> out) throws Exception {
            context.applyToKeyedState(descriptor, (key, state) -> out.collect(key + " " + state.value()));
        }
    }
}
