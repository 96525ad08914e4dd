package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Functions that mutate what they are given, emit one instance again and again, or keep their inputs. With object reuse on
 * Flink lets chained functions share instances, so there the mutating ones stand behind an exchange.
 */
final class Mutations {
    private Mutations() {}

    static List<Program> programs() {
        return List.of(
                program("mutation-behind-a-fan-out", Mutations::fanOut),
                program("mutation-in-chained-branches", Mutations::chainedBranches),
                program("mutation-of-broadcast-records", Mutations::broadcast),
                program("mutation-of-a-stream-unioned-with-itself", Mutations::unionSelf),
                program("mutation-of-side-outputs", Mutations::sideOutputs),
                program("one-instance-emitted-again-and-again", Mutations::oneInstance),
                program("one-instance-emitted-to-two-exchanges", Mutations::oneInstanceTwice),
                program("inputs-kept-and-emitted-later", Mutations::keptInputs),
                program("reduce-mutates-its-first-argument", Mutations::reduceInPlace),
                program("state-value-mutated-without-update", Mutations::stateInPlace),
                program("element-mutated-after-it-went-into-state", Mutations::afterAdd),
                program("window-elements-mutated-in-sliding-windows", Mutations::slidingWindows),
                program("mutation-of-arrays", Mutations::arrays),
                program("mutation-deep-inside-a-tuple", Mutations::deep),
                program("mutation-of-a-record-that-holds-a-list", Mutations::recordWithList));
    }

    /** Adds to the value in place; several of them in a row see each other's work only along one path. */
    private record Add(int amount) implements MapFunction<Reading, Reading> {
        @Override
        public Reading map(Reading reading) {
            reading.value += amount;
            return reading;
        }
    }

    private static void fanOut(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> readings = env.fromData(Reading.list(40, 4));
        run.collect("a ", readings.rebalance().map(new Add(1000)).map(new Add(1)));
        run.collect("b ", readings.rebalance().map(new Add(2000)).map(new Add(2)));
        run.collect("c ", readings.keyBy(Reading::getKey).map(new Add(3000)));
        run.collect("d ", readings.global().map(Reading::toString));
        env.execute();
    }

    private static void chainedBranches(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> readings =
                env.fromData(Reading.list(40, 4)).rebalance().map(reading -> reading);
        for (int branch = 1; branch <= 3; branch++) {
            SingleOutputStreamOperator<Reading> mutated = readings.map(new Add(branch * 1000));
            run.collect(branch + " ", run.objectReuse() ? mutated.disableChaining() : mutated);
        }
        env.execute();
    }

    private static void broadcast(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        // each subtask adds its own number; were the record shared the sums would come out too large
        run.collect(
                env.fromData(Reading.list(10, 2)).broadcast().map(new Add(100)).setParallelism(3));
        env.execute();
    }

    private static void unionSelf(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> readings = env.fromData(Reading.list(20, 4)).rebalance();
        run.collect(readings.union(readings)
                .map(new Add(100))
                .keyBy(Reading::getKey)
                .map(new Add(1)));
        env.execute();
    }

    private static void sideOutputs(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        OutputTag<Reading> side = new OutputTag<>("side") {};
        SingleOutputStreamOperator<Reading> main = env.fromData(Reading.list(20, 4))
                .process(new ProcessFunction<Reading, Reading>() {
                    @Override
                    public void processElement(Reading reading, Context context, Collector<Reading> out) {
                        out.collect(reading);
                        context.output(side, reading);
                        reading.value += 7;
                        context.output(side, reading);
                    }
                });
        run.collect("main ", main.rebalance().map(new Add(1000)));
        run.collect("side ", main.getSideOutput(side).rebalance().map(new Add(2000)));
        run.collect(
                "side again ", main.getSideOutput(side).keyBy(Reading::getKey).map(new Add(3000)));
        env.execute();
    }

    /** Collects one and the same instance, changed in between. */
    private static final class OneInstance extends ProcessFunction<Reading, Reading> {
        private final Reading reused = new Reading();

        @Override
        public void processElement(Reading reading, Context context, Collector<Reading> out) {
            for (int i = 0; i < 3; i++) {
                reused.key = reading.key;
                reused.time = reading.time;
                reused.value = reading.value * 10 + i;
                out.collect(reused);
            }
            reused.key = "gone";
        }
    }

    private static void oneInstance(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(30, 3))
                .process(new OneInstance())
                .keyBy(Reading::getKey)
                .map(new Add(5)));
        env.execute();
    }

    private static void oneInstanceTwice(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Reading> readings = env.fromData(Reading.list(30, 3)).process(new OneInstance());
        run.collect("a ", readings.rebalance().map(new Add(1000)).disableChaining());
        run.collect("b ", readings.broadcast().map(new Add(2000)).setParallelism(2));
        env.execute();
    }

    private static void keptInputs(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(30, 3))
                .process(new OneInstance())
                .setParallelism(1)
                .keyBy(Reading::getKey)
                .process(new Keeper()));
        env.execute();
    }

    /** Keeps every element in a field, and emits them all, mutated by what came after, at the end of event time. */
    private static final class Keeper extends KeyedProcessFunction<String, Reading, Reading> {
        private final List<Reading> kept = new ArrayList<>();

        @Override
        public void processElement(Reading reading, Context context, Collector<Reading> out) {
            kept.add(reading);
            context.timerService().registerEventTimeTimer(1_000_000);
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<Reading> out) {
            for (Reading reading : kept) {
                if (reading.key.equals(context.getCurrentKey())) {
                    out.collect(reading);
                }
            }
        }
    }

    private static void reduceInPlace(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(40, 4))
                .keyBy(Reading::getKey)
                .reduce((a, b) -> {
                    a.value += b.value;
                    a.time = b.time;
                    return a;
                })
                .rebalance()
                .map(new Add(100)));
        env.execute();
    }

    private static void stateInPlace(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(40, 4))
                .keyBy(Reading::getKey)
                .process(new KeyedProcessFunction<String, Reading, String>() {
                    private transient ValueState<Reading> state;

                    @Override
                    public void open(OpenContext context) {
                        state = getRuntimeContext().getState(new ValueStateDescriptor<>("in place", Reading.class));
                    }

                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out)
                            throws Exception {
                        Reading sum = state.value();
                        if (sum == null) {
                            state.update(new Reading(reading.key, 0, reading.value));
                        } else {
                            sum.value += reading.value;
                        }
                        out.collect(state.value().toString());
                    }
                }));
        env.execute();
    }

    private static void afterAdd(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(24, 3))
                .keyBy(Reading::getKey)
                .process(new KeyedProcessFunction<String, Reading, String>() {
                    private transient ListState<Reading> state;

                    @Override
                    public void open(OpenContext context) {
                        state = getRuntimeContext().getListState(new ListStateDescriptor<>("all", Reading.class));
                    }

                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out)
                            throws Exception {
                        state.add(reading);
                        reading.value += 500;
                        out.collect(reading.key + " " + Windows.text(state.get()));
                    }
                }));
        env.execute();
    }

    /** Flink's heap state keeps one instance in all windows of an element, so a window sees what an earlier one did to it. */
    private static void slidingWindows(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(40, 2))
                .keyBy(Reading::getKey)
                .window(SlidingEventTimeWindows.of(Duration.ofMillis(90), Duration.ofMillis(30)))
                .process(new ProcessWindowFunction<Reading, String, String, TimeWindow>() {
                    @Override
                    public void process(String key, Context context, Iterable<Reading> input, Collector<String> out) {
                        input.forEach(reading -> reading.value += 100);
                        out.collect(key + " " + context.window() + " " + Windows.text(input));
                    }
                }));
        env.execute();
    }

    private static void arrays(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<int[]> arrays = env.fromData(1, 2, 3, 4, 5).map(n -> new int[] {n, n + 1, n + 2});
        MapFunction<int[], int[]> mutate = array -> {
            Arrays.setAll(array, i -> array[i] * 10);
            return array;
        };
        run.collect("a ", arrays.rebalance().map(mutate).map(Arrays::toString));
        run.collect("b ", arrays.rebalance().map(mutate).map(Arrays::toString));
        run.collect("c ", arrays.rebalance().map(Arrays::toString));
        env.execute();
    }

    private static void deep(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        TypeInformation<Tuple2<String, List<Integer>>> type = Types.TUPLE(Types.STRING, Types.LIST(Types.INT));
        DataStream<Tuple2<String, List<Integer>>> tuples = env.fromData(1, 2, 3, 4, 5)
                .map(n -> Tuple2.of("t" + n, (List<Integer>) new ArrayList<>(List.of(n, n * n))))
                .returns(type);
        MapFunction<Tuple2<String, List<Integer>>, Tuple2<String, List<Integer>>> mutate = tuple -> {
            tuple.f1.add(tuple.f1.size());
            tuple.f0 += "!";
            return tuple;
        };
        run.collect("a ", tuples.rebalance().map(mutate).returns(type));
        run.collect(
                "b ",
                tuples.rebalance()
                        .map(mutate)
                        .returns(type)
                        .keyBy(t -> t.f0)
                        .map(mutate)
                        .returns(type));
        run.collect("c ", tuples.shuffle().map(Object::toString));
        env.execute();
    }

    /** Looks immutable and is not. */
    public record Holder(String name, List<Integer> numbers) {}

    private static void recordWithList(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        DataStream<Holder> holders = env.fromData(1, 2, 3, 4, 5)
                .map(n -> new Holder("h" + n, new ArrayList<>(List.of(n))))
                .returns(Holder.class);
        MapFunction<Holder, Holder> mutate = holder -> {
            holder.numbers().add(holder.numbers().size() * 100);
            return holder;
        };
        run.collect("a ", holders.rebalance().map(mutate).returns(Holder.class));
        run.collect("b ", holders.keyBy(Holder::name).map(mutate).returns(Holder.class));
        run.collect("c ", holders.broadcast().map(mutate).returns(Holder.class).setParallelism(2));
        env.execute();
    }
}
