package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Program.Trait;
import dev.weir.it.harness.Run;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Keyed processing with timers. */
final class Timers {
    private Timers() {}

    static List<Program> programs() {
        return List.of(
                program("event-time-timers", Timers::eventTime),
                program("event-time-timers-fire-in-order", Timers::inOrder, Trait.ORDERED),
                program("timers-are-deduplicated", Timers::deduplicated),
                program("timers-deleted", Timers::deleted),
                program("timer-registers-timer", Timers::chained),
                program("timers-in-the-past-fire-at-once", Timers::past, Trait.ORDERED),
                program("timers-at-the-end-of-time", Timers::endOfTime),
                program("processing-time-timers", Timers::processingTime),
                program("processing-time-timers-deleted", Timers::processingTimeDeleted),
                program("pending-processing-timers-are-dropped-at-end", Timers::processingTimeDropped),
                program("timer-service-tells-the-watermark", Timers::watermark, Trait.ORDERED));
    }

    private static void eventTime(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(
                Reading.stream(env, Reading.list(80, 6)).keyBy(Reading::getKey).process(new Sessions()));
        env.execute();
    }

    /** Emits the sum of what came before a pause of more than 65 ms. */
    private static final class Sessions extends KeyedProcessFunction<String, Reading, String> {
        private transient ListState<Integer> values;
        private transient ValueState<Long> timer;

        @Override
        public void open(OpenContext context) {
            values = getRuntimeContext().getListState(new ListStateDescriptor<>("values", Integer.class));
            timer = getRuntimeContext().getState(new ValueStateDescriptor<>("timer", Long.class));
        }

        @Override
        public void processElement(Reading reading, Context context, Collector<String> out) throws Exception {
            Long old = timer.value();
            if (old != null && reading.value % 4 != 0) {
                context.timerService().deleteEventTimeTimer(old);
            }
            long next = context.timestamp() + 65;
            context.timerService().registerEventTimeTimer(next);
            timer.update(next);
            values.add(reading.value);
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<String> out) throws Exception {
            int sum = 0;
            int n = 0;
            for (int value : values.get()) {
                sum += value;
                n++;
            }
            out.collect(context.getCurrentKey() + " at " + time + " sum " + sum + " of " + n + " stamped "
                    + context.timestamp() + " in " + context.timeDomain());
            values.clear();
        }
    }

    private static void inOrder(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collectInOrder(env.fromData(List.of(
                        new Reading("a", 50, 1),
                        new Reading("a", 10, 2),
                        new Reading("a", 30, 3),
                        new Reading("a", 20, 4)))
                .assignTimestampsAndWatermarks(Reading.punctuated(1000))
                .keyBy(Reading::getKey)
                .process(new AtOwnTime()));
        env.execute();
    }

    private static class AtOwnTime extends KeyedProcessFunction<String, Reading, String> {
        @Override
        public void processElement(Reading reading, Context context, Collector<String> out) {
            out.collect("element " + reading);
            context.timerService().registerEventTimeTimer(reading.time);
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<String> out) {
            out.collect("timer " + context.getCurrentKey() + " " + time);
        }
    }

    private static void deduplicated(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(
                Reading.stream(env, Reading.list(40, 3)).keyBy(Reading::getKey).process(new AtOwnTime() {
                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out) {
                        for (int i = 0; i < 3; i++) {
                            context.timerService().registerEventTimeTimer(1000 + reading.value % 2);
                        }
                    }
                }));
        env.execute();
    }

    private static void deleted(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(
                Reading.stream(env, Reading.list(40, 3)).keyBy(Reading::getKey).process(new AtOwnTime() {
                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out) {
                        context.timerService().registerEventTimeTimer(1000 + reading.value);
                        if (reading.value % 3 == 0) {
                            context.timerService().deleteEventTimeTimer(1000 + reading.value);
                        }
                        context.timerService().deleteEventTimeTimer(5);
                    }
                }));
        env.execute();
    }

    private static void chained(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(
                Reading.stream(env, Reading.list(12, 3)).keyBy(Reading::getKey).process(new AtOwnTime() {
                    @Override
                    public void onTimer(long time, OnTimerContext context, Collector<String> out) {
                        out.collect(context.getCurrentKey() + " " + time);
                        if (time < 500) {
                            context.timerService().registerEventTimeTimer(time * 2 + 50);
                        }
                    }
                }));
        env.execute();
    }

    private static void past(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collectInOrder(
                Reading.stream(env, new Reading("a", 100, 0), new Reading("a", 200, 0), new Reading("a", 300, 0))
                        .keyBy(Reading::getKey)
                        .process(new AtOwnTime() {
                            @Override
                            public void processElement(Reading reading, Context context, Collector<String> out) {
                                out.collect("element " + reading);
                                context.timerService().registerEventTimeTimer(reading.time - 150);
                            }
                        }));
        env.execute();
    }

    private static void endOfTime(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(
                Reading.stream(env, Reading.list(10, 4)).keyBy(Reading::getKey).process(new AtOwnTime() {
                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out) {
                        context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
                        context.timerService().registerEventTimeTimer(Long.MIN_VALUE);
                    }
                }));
        env.execute();
    }

    private static void processingTime(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        run.collect(env.addSource(new HeldSource(id, Reading.list(12, 4), "fired"))
                .keyBy(Reading::getKey)
                .process(new ProcessingTimers(id, 12, false)));
        env.execute();
    }

    private static void processingTimeDeleted(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        run.collect(env.addSource(new HeldSource(id, Reading.list(12, 4), "fired"))
                .keyBy(Reading::getKey)
                .process(new ProcessingTimers(id, 12, true)));
        env.execute();
    }

    private static void processingTimeDropped(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(12, 4))
                .keyBy(Reading::getKey)
                .process(new KeyedProcessFunction<String, Reading, String>() {
                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out) {
                        long hour = 3_600_000;
                        context.timerService()
                                .registerProcessingTimeTimer(
                                        context.timerService().currentProcessingTime() + hour);
                        out.collect("element " + reading);
                    }

                    @Override
                    public void onTimer(long time, OnTimerContext context, Collector<String> out) {
                        out.collect("a timer of the next hour fired");
                    }
                }));
        env.execute();
    }

    private static void watermark(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collectInOrder(Reading.stream(env, new Reading("a", 5, 0), new Reading("a", 9, 0), new Reading("a", 7, 0))
                .keyBy(Reading::getKey)
                .process(new AtOwnTime() {
                    @Override
                    public void processElement(Reading reading, Context context, Collector<String> out) {
                        out.collect(
                                reading + " watermark " + context.timerService().currentWatermark());
                    }
                }));
        env.execute();
    }

    /** A timer for each element, due at once; opens gate {@code fired} after so many. */
    private static final class ProcessingTimers extends KeyedProcessFunction<String, Reading, String> {
        private final String runId;
        private final int expected;
        private final boolean delete;

        private ProcessingTimers(String runId, int expected, boolean delete) {
            this.runId = runId;
            this.expected = expected;
            this.delete = delete;
        }

        @Override
        public void processElement(Reading reading, Context context, Collector<String> out) {
            // a time of its own for each element, all of them past
            long time = 1_000_000 + reading.time;
            context.timerService().registerProcessingTimeTimer(time);
            if (delete) {
                long later = Long.MAX_VALUE - reading.time - 1;
                context.timerService().registerProcessingTimeTimer(later);
                context.timerService().deleteProcessingTimeTimer(later);
            }
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<String> out) {
            out.collect(context.getCurrentKey() + " " + time + " " + context.timeDomain());
            if (Board.of(runId).count("timers") == expected) {
                Board.of(runId).open("fired");
            }
        }
    }
}
