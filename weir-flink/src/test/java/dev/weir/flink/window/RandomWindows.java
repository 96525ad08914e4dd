package dev.weir.flink.window;

import dev.weir.flink.twin.HarnessedSubtask;
import dev.weir.flink.twin.NativeOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.AllWindowedStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.datastream.WindowedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.ProcessingTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * A program with windows, over a stream that comes out of order, all of it chosen by a seed. Its results are lines of
 * text, those of a key with the key in front.
 */
final class RandomWindows {
    private static final TypeInformation<Tuple3<Long, Long, Long>> RECORD = TypeInformation.of(new TypeHint<>() {});
    private static final OutputTag<Tuple3<Long, Long, Long>> LATE = new OutputTag<>("late", RECORD);

    private final Random random;
    private final int kind;
    private final boolean objectReuse;
    private int step;
    private final List<Tuple3<Long, Long, Long>> script;

    private final boolean sessions;

    RandomWindows(long seed, int kind, boolean sessions) {
        this.random = new Random(seed);
        this.kind = kind;
        this.sessions = sessions;
        this.objectReuse = random.nextBoolean();
        this.script = script();
    }

    /** Runs the program; each call chooses as the one before. */
    static List<String> run(long seed, int kind, boolean sessions, boolean natively) throws Exception {
        return new RandomWindows(seed, kind, sessions).run(natively);
    }

    private List<Tuple3<Long, Long, Long>> script() {
        List<Tuple3<Long, Long, Long>> steps = new ArrayList<>();
        int keys = 1 + random.nextInt(20);
        int disorder = 1 + random.nextInt(60);
        long base = random.nextInt(5) == 0 ? -300 : random.nextInt(1_000);
        long watermark = Long.MIN_VALUE;
        for (int i = 0; i < 400; i++) {
            long now = base + i;
            if (random.nextInt(8) == 0) {
                watermark = Math.max(watermark, now - random.nextInt(disorder));
                steps.add(Tuple3.of(null, 0L, watermark));
            }
            // Now and then a gap in time, or a record from long ago.
            if (random.nextInt(100) == 0) {
                base += random.nextInt(200);
            }
            long timestamp = random.nextInt(50) == 0 ? now - 200 : now - random.nextInt(2 * disorder);
            steps.add(Tuple3.of((long) random.nextInt(keys), (long) random.nextInt(1_000), timestamp));
        }
        return steps;
    }

    private List<String> run(boolean natively) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                new Configuration().set(NativeOptions.NATIVE, natively));
        env.setParallelism(1);
        if (objectReuse) {
            env.getConfig().enableObjectReuse();
        }
        DataStream<Tuple3<Long, Long, Long>> records = env.addSource(new ScriptedSource(script), RECORD);
        WindowAssigner<? super Tuple3<Long, Long, Long>, TimeWindow> assigner = assigner();
        Duration lateness = Duration.ofMillis(random.nextBoolean() ? 0 : lateness());
        SingleOutputStreamOperator<String> results;
        if (kind == 0) {
            AllWindowedStream<Tuple3<Long, Long, Long>, TimeWindow> all =
                    records.windowAll(assigner).allowedLateness(lateness).sideOutputLateData(LATE);
            results = all.reduce(new Summing()).map(Object::toString);
        } else if (random.nextBoolean()) {
            results = windows(records.keyBy(record -> record.f0)
                    .window(assigner)
                    .allowedLateness(lateness)
                    .sideOutputLateData(LATE));
        } else {
            results = windows(records.keyBy(record -> "key" + record.f0 % 7)
                    .window(assigner)
                    .allowedLateness(lateness)
                    .sideOutputLateData(LATE));
        }
        DataStream<String> late = results.getSideOutput(LATE).map(record -> "late " + record);
        List<String> lines = new ArrayList<>();
        results.process(new WithTime()).union(late).executeAndCollect().forEachRemaining(lines::add);
        return lines;
    }

    /** The operator of a program with keys. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // the tests know no types
    HarnessedSubtask.Program program(boolean eventTime) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
        WindowAssigner<? super Tuple3<Long, Long, Long>, TimeWindow> assigner =
                eventTime ? assigner() : processingTimeAssigner();
        Duration lateness = Duration.ofMillis(sessions || random.nextBoolean() ? 0 : lateness());
        DataStream<Tuple3<Long, Long, Long>> results =
                (DataStream) windows(env.addSource(new ScriptedSource(script), RECORD)
                        .keyBy(record -> record == null ? "key0" : "key" + record.f0)
                        .window(assigner)
                        .allowedLateness(lateness)
                        .sideOutputLateData(LATE));
        OneInputTransformation<?, ?> transformation = (OneInputTransformation<?, ?>) results.getTransformation();
        return new HarnessedSubtask.Program(
                (StreamOperatorFactory) transformation.getOperatorFactory(),
                List.of((KeySelector) transformation.getStateKeySelector()),
                (TypeInformation) transformation.getStateKeyType(),
                List.of((OutputTag) LATE));
    }

    private WindowAssigner<? super Tuple3<Long, Long, Long>, TimeWindow> processingTimeAssigner() {
        Duration size = Duration.ofMillis(1 + random.nextInt(80));
        step = 1;
        if (sessions) {
            return ProcessingTimeSessionWindows.withGap(size);
        }
        return random.nextBoolean()
                ? TumblingProcessingTimeWindows.of(size)
                : SlidingProcessingTimeWindows.of(size, Duration.ofMillis(1 + random.nextInt(80)));
    }

    // What is due at one time has no order of its own, so no window ends when another one's lateness does.
    private int lateness() {
        int millis = random.nextInt(60);
        if (step == 1) {
            return 0;
        }
        return millis % step == 0 ? millis + 1 : millis;
    }

    private WindowAssigner<? super Tuple3<Long, Long, Long>, TimeWindow> assigner() {
        int size = 1 + random.nextInt(80);
        step = size;
        if (sessions) {
            int gap = 1 + random.nextInt(30);
            return random.nextBoolean()
                    ? EventTimeSessionWindows.withGap(Duration.ofMillis(gap))
                    : EventTimeSessionWindows.withDynamicGap(
                            (Tuple3<Long, Long, Long> record) -> 1 + (gap + record.f1) % 20);
        }
        if (random.nextBoolean()) {
            return TumblingEventTimeWindows.of(Duration.ofMillis(size), Duration.ofMillis(random.nextInt(size)));
        }
        int slide = random.nextBoolean() ? 1 + random.nextInt(80) : Math.max(1, size / (1 + random.nextInt(5)));
        step = slide;
        return SlidingEventTimeWindows.of(
                Duration.ofMillis(size), Duration.ofMillis(slide), Duration.ofMillis(random.nextInt(slide)));
    }

    // The side output of late records is that of the operator, so nothing may stand between.
    private <K> SingleOutputStreamOperator<String> windows(WindowedStream<Tuple3<Long, Long, Long>, K, TimeWindow> in) {
        return switch (kind) {
            case 1 -> in.reduce(new Summing(), new Describing<Tuple3<Long, Long, Long>, K>(!sessions));
            case 2 -> in.aggregate(new Counting(), new Describing<String, K>(!sessions));
            case 3 -> in.process(new Describing<>(!sessions));
            case 4 ->
                in.apply(
                        (key, window, elements, out) -> out.collect(key + " " + window + " " + elements), Types.STRING);
            default -> in.aggregate(new Counting());
        };
    }

    /** Adds to the first record, as sums do; keys stay. */
    private static final class Summing implements ReduceFunction<Tuple3<Long, Long, Long>> {
        private static final long serialVersionUID = 1;

        @Override
        public Tuple3<Long, Long, Long> reduce(Tuple3<Long, Long, Long> a, Tuple3<Long, Long, Long> b) {
            a.f1 = 31 * a.f1 + b.f1;
            return a;
        }
    }

    /** The key and a sum; no result for some sums. */
    private static final class Counting
            implements AggregateFunction<Tuple3<Long, Long, Long>, Tuple2<Long, Long>, String> {
        private static final long serialVersionUID = 1;

        @Override
        public Tuple2<Long, Long> createAccumulator() {
            return new Tuple2<>(-1L, 0L);
        }

        @Override
        public Tuple2<Long, Long> add(Tuple3<Long, Long, Long> value, Tuple2<Long, Long> accumulator) {
            return Tuple2.of(value.f0, 31 * accumulator.f1 + value.f1);
        }

        @Override
        public String getResult(Tuple2<Long, Long> accumulator) {
            return accumulator.f1 % 5 == 0 ? null : accumulator.f0 + " " + accumulator.f1;
        }

        @Override
        public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) {
            return Tuple2.of(a.f0, a.f1 + b.f1);
        }
    }

    /** Tells all that a window function may ask for, and keeps state of every kind. */
    private static final class Describing<T, K> extends ProcessWindowFunction<T, String, K, TimeWindow> {
        private static final long serialVersionUID = 1;
        private static final ValueStateDescriptor<Long> FIRED = new ValueStateDescriptor<>("fired", Types.LONG);
        private static final ValueStateDescriptor<Long> CLEARED = new ValueStateDescriptor<>("cleared", Types.LONG);
        private final boolean ofWindow;

        private transient ValueState<Long> own;

        /** @param ofWindow whether there is state of a window, and what windows end and are dropped at once has an order */
        Describing(boolean ofWindow) {
            this.ofWindow = ofWindow;
        }

        @Override
        public void open(OpenContext context) {
            own = getRuntimeContext().getState(new ValueStateDescriptor<>("own", Types.LONG));
        }

        @Override
        public void process(K key, Context context, Iterable<T> elements, Collector<String> out) throws Exception {
            own.update(1 + Objects.requireNonNullElse(own.value(), 0L));
            out.collect(key + " " + context.window() + " " + elements + " at " + context.currentWatermark() + " own "
                    + own.value() + (ofWindow ? fired(context) : ""));
            if (own.value() % 3 == 0) {
                out.collect(key + " again");
            }
        }

        private String fired(Context context) throws Exception {
            ValueState<Long> fired = context.windowState().getState(FIRED);
            fired.update(1 + Objects.requireNonNullElse(fired.value(), 0L));
            return " fired " + fired.value() + " cleared "
                    + context.globalState().getState(CLEARED).value();
        }

        @Override
        public void clear(Context context) throws Exception {
            if (ofWindow) {
                context.windowState().getState(FIRED).clear();
            }
            ValueState<Long> cleared = context.globalState().getState(CLEARED);
            cleared.update(1 + Objects.requireNonNullElse(cleared.value(), 0L));
        }
    }

    private static final class WithTime extends ProcessFunction<String, String> {
        private static final long serialVersionUID = 1;

        @Override
        public void processElement(String value, Context context, Collector<String> out) {
            out.collect(value + " @" + context.timestamp() + " after "
                    + context.timerService().currentWatermark());
        }
    }

    /** Lines by the key in front of them, which keep their order. */
    static List<String> byKey(List<String> lines) {
        List<String> sorted = new ArrayList<>(lines);
        sorted.sort(Comparator.comparing(line -> line.substring(0, line.indexOf(' '))));
        return sorted;
    }

    /** The times of all results, in their order. */
    static List<String> times(List<String> lines) {
        return lines.stream()
                .filter(line -> line.contains(" @"))
                .map(line -> line.substring(line.indexOf(" @")))
                .toList();
    }
}
