package dev.weir.it.interchange.job;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * One program with one of every kind of state, each operator with a uid. No line that it writes hangs on the order in which
 * records of different splits meet, so all runs of it write the same, whoever runs them and at whatever parallelism.
 */
public final class Journey {
    /** Keys are the numbers modulo this. */
    public static final int KEYS = 20;
    /** Event time between two numbers. */
    public static final long MILLIS = 10;

    /** A window of this many numbers' time. */
    public static final int WINDOW = 300;
    /** A sliding window slides by this many numbers. */
    public static final int SLIDE = 150;
    /** Of each key, every other block of so many numbers goes into a session. */
    public static final int SESSION = 250;
    /** The gap of sessions, in numbers. */
    public static final int GAP = 100;
    /** Every so many numbers there is a rule. */
    public static final int RULES = 500;

    private Journey() {}

    /** Adds the program to an environment, to be executed by the caller. */
    public static void build(StreamExecutionEnvironment env, Leg leg) {
        SingleOutputStreamOperator<Long> numbers = env.fromSource(
                        new Numbers(leg),
                        WatermarkStrategy.<Long>forMonotonousTimestamps()
                                .withTimestampAssigner((number, before) -> number * MILLIS),
                        "numbers")
                .uid("numbers");
        KeyedStream<Long, Long> keyed = numbers.keyBy(Journey::key, Types.LONG);
        DataStream<String> states =
                keyed.process(new KeyedStates(leg.timerDelayMillis())).uid("states");
        DataStream<String> lines = states.union(
                windows(keyed),
                sessions(numbers),
                slides(keyed),
                keyed.countWindow(5)
                        .reduce((one, other) -> Math.min(one, other))
                        .uid("fives")
                        .map(least -> "five " + key(least))
                        .uid("five-lines"),
                joined(keyed),
                ruled(numbers, keyed),
                calls(numbers, leg),
                numbers.rebalance()
                        .transform("tally", Types.STRING, new Tally())
                        .uid("tally"));
        lines.sinkTo(new Lines(leg)).uid("lines");
    }

    public static long key(long number) {
        return number % KEYS;
    }

    /** Whether a number goes into a session of its key. */
    public static boolean inSession(long number) {
        return (number / SESSION + key(number)) % 2 == 0;
    }

    private static DataStream<String> windows(KeyedStream<Long, Long> keyed) {
        return keyed.window(TumblingEventTimeWindows.of(Duration.ofMillis(WINDOW * MILLIS)))
                .reduce(Long::sum, new Told("window"))
                .uid("windows");
    }

    private static DataStream<String> slides(KeyedStream<Long, Long> keyed) {
        return keyed.window(SlidingEventTimeWindows.of(
                        Duration.ofMillis(WINDOW * MILLIS), Duration.ofMillis(SLIDE * MILLIS)))
                .process(new ProcessWindowFunction<Long, String, Long, TimeWindow>() {
                    @Override
                    public void process(Long key, Context context, Iterable<Long> numbers, Collector<String> out) {
                        long sum = 0;
                        for (Long number : numbers) {
                            sum += number;
                        }
                        out.collect("slide " + key + " " + context.window().getStart() + " " + sum);
                    }
                })
                .uid("slides");
    }

    private static DataStream<String> sessions(DataStream<Long> numbers) {
        return numbers.filter(Journey::inSession)
                .uid("in-session")
                .keyBy(Journey::key, Types.LONG)
                .window(EventTimeSessionWindows.withGap(Duration.ofMillis(GAP * MILLIS)))
                .aggregate(new Sum(), new Told("session"))
                .uid("sessions");
    }

    private static DataStream<String> joined(KeyedStream<Long, Long> keyed) {
        return keyed.intervalJoin(keyed)
                .between(Duration.ZERO, Duration.ofMillis(KEYS * MILLIS))
                .process(new ProcessJoinFunction<Long, Long, String>() {
                    @Override
                    public void processElement(Long left, Long right, Context context, Collector<String> out) {
                        if (!left.equals(right)) {
                            out.collect("joined " + left + " " + right);
                        }
                    }
                })
                .uid("joined");
    }

    private static DataStream<String> ruled(DataStream<Long> numbers, KeyedStream<Long, Long> keyed) {
        MapStateDescriptor<Long, String> rules = new MapStateDescriptor<>("rules", Types.LONG, Types.STRING);
        return keyed.connect(numbers.filter(number -> number % RULES == 0)
                        .uid("rules")
                        .broadcast(rules))
                .process(new Ruled(rules))
                .uid("ruled");
    }

    private static DataStream<String> calls(DataStream<Long> numbers, Leg leg) {
        return AsyncDataStream.unorderedWait(numbers, new Calls(leg.holdsCalls()), 1, TimeUnit.HOURS, 2000)
                .uid("calls");
    }

    /** What a window holds, with its key and its start. */
    private static final class Told extends ProcessWindowFunction<Long, String, Long, TimeWindow> {
        private static final long serialVersionUID = 1L;

        private final String what;

        private Told(String what) {
            this.what = what;
        }

        @Override
        public void process(Long key, Context context, Iterable<Long> result, Collector<String> out) {
            out.collect(what + " " + key + " " + context.window().getStart() + " "
                    + result.iterator().next());
        }
    }

    private static final class Sum implements AggregateFunction<Long, Long, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public Long createAccumulator() {
            return 0L;
        }

        @Override
        public Long add(Long number, Long sum) {
            return sum + number;
        }

        @Override
        public Long getResult(Long sum) {
            return sum;
        }

        @Override
        public Long merge(Long one, Long other) {
            return one + other;
        }
    }
}
