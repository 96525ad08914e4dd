package dev.weir.it.programs;

import static dev.weir.it.harness.Program.program;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Program;
import dev.weir.it.harness.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.GlobalWindows;
import org.apache.flink.streaming.api.windowing.assigners.ProcessingTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.evictors.CountEvictor;
import org.apache.flink.streaming.api.windowing.evictors.DeltaEvictor;
import org.apache.flink.streaming.api.windowing.evictors.TimeEvictor;
import org.apache.flink.streaming.api.windowing.triggers.ContinuousEventTimeTrigger;
import org.apache.flink.streaming.api.windowing.triggers.CountTrigger;
import org.apache.flink.streaming.api.windowing.triggers.DeltaTrigger;
import org.apache.flink.streaming.api.windowing.triggers.EventTimeTrigger;
import org.apache.flink.streaming.api.windowing.triggers.PurgingTrigger;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.triggers.TriggerResult;
import org.apache.flink.streaming.api.windowing.windows.GlobalWindow;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.api.windowing.windows.Window;
import org.apache.flink.util.Collector;

/** Global and count windows, triggers, evictors, processing-time windows. */
final class Triggers {
    private Triggers() {}

    static List<Program> programs() {
        return List.of(
                program("count-window", Triggers::countWindow),
                program("count-window-sliding", Triggers::countWindowSliding),
                program("count-window-all", Triggers::countWindowAll),
                program("global-window-count-trigger", Triggers::globalCount),
                program("global-window-purging-trigger", Triggers::globalPurging),
                program("global-window-end-of-stream-trigger", Triggers::globalEndOfStream),
                program("continuous-event-time-trigger", Triggers::continuous),
                program("continuous-trigger-on-sessions", Triggers::continuousOnSessions),
                program("delta-trigger", Triggers::delta),
                program("purging-event-time-trigger", Triggers::purgingEventTime),
                program("custom-trigger-with-merge", Triggers::customWithMerge),
                program("custom-trigger-on-element", Triggers::customOnElement),
                program("count-evictor", Triggers::countEvictor),
                program("count-evictor-after", Triggers::countEvictorAfter),
                program("time-evictor", Triggers::timeEvictor),
                program("delta-evictor-with-reduce", Triggers::deltaEvictor),
                program("processing-time-windows", Triggers::processingTimeWindows),
                program("processing-time-session", Triggers::processingTimeSession));
    }

    private static void countWindow(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(50, 3))
                .keyBy(Reading::getKey)
                .countWindow(4)
                .sum("value"));
        env.execute();
    }

    private static void countWindowSliding(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(50, 3))
                .keyBy(Reading::getKey)
                .countWindow(5, 2)
                .process(new Windows.AnyContents<GlobalWindow>()));
        env.execute();
    }

    private static void countWindowAll(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(50, 3)).countWindowAll(7).sum("value"));
        env.execute();
    }

    private static void globalCount(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(40, 3))
                .keyBy(Reading::getKey)
                .window(GlobalWindows.create())
                .trigger(CountTrigger.of(3))
                .process(new Windows.AnyContents<GlobalWindow>()));
        env.execute();
    }

    private static void globalPurging(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(40, 3))
                .keyBy(Reading::getKey)
                .window(GlobalWindows.create())
                .trigger(PurgingTrigger.of(CountTrigger.of(3)))
                .process(new Windows.AnyContents<GlobalWindow>()));
        env.execute();
    }

    private static void globalEndOfStream(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(40, 3))
                .keyBy(Reading::getKey)
                .window(GlobalWindows.createWithEndOfStreamTrigger())
                .process(new Sorted<>()));
        env.execute();
    }

    private static void continuous(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 3))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(200)))
                .trigger(ContinuousEventTimeTrigger.of(Duration.ofMillis(50)))
                .process(new Windows.Contents()));
        env.execute();
    }

    private static void continuousOnSessions(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(30, 2))
                .keyBy(Reading::getKey)
                .window(EventTimeSessionWindows.withGap(Duration.ofMillis(45)))
                .trigger(ContinuousEventTimeTrigger.of(Duration.ofMillis(70)))
                .process(new Windows.Contents()));
        env.execute();
    }

    private static void delta(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 3))
                .keyBy(Reading::getKey)
                .window(GlobalWindows.create())
                .trigger(DeltaTrigger.of(
                        5.0,
                        (before, now) -> now.value - before.value,
                        env.fromData(new Reading("", 0, 0))
                                .getType()
                                .createSerializer(env.getConfig().getSerializerConfig())))
                .process(new Windows.AnyContents<GlobalWindow>()));
        env.execute();
    }

    private static void purgingEventTime(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(
                        env,
                        new Reading("a", 10, 1),
                        new Reading("a", 120, 2),
                        new Reading("a", 50, 4),
                        new Reading("a", 60, 8),
                        new Reading("a", 400, 16))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .allowedLateness(Duration.ofMillis(100))
                .trigger(PurgingTrigger.of(EventTimeTrigger.create()))
                .process(new Windows.Contents()));
        env.execute();
    }

    private static void customWithMerge(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 2))
                .keyBy(Reading::getKey)
                .window(EventTimeSessionWindows.withGap(Duration.ofMillis(35)))
                .trigger(new EveryThird())
                .process(new Windows.Contents()));
        env.execute();
    }

    private static void customOnElement(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 3))
                .keyBy(Reading::getKey)
                .window(SlidingEventTimeWindows.of(Duration.ofMillis(200), Duration.ofMillis(100)))
                .trigger(new AtLargeValues())
                .process(new Windows.Contents()));
        env.execute();
    }

    private static void countEvictor(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 2))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Windows.SIZE))
                .evictor(CountEvictor.of(2))
                .process(new Windows.Contents()));
        env.execute();
    }

    private static void countEvictorAfter(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(env.fromData(Reading.list(40, 2))
                .keyBy(Reading::getKey)
                .window(GlobalWindows.create())
                .trigger(CountTrigger.of(3))
                .evictor(CountEvictor.of(1, true))
                .process(new Windows.AnyContents<GlobalWindow>()));
        env.execute();
    }

    private static void timeEvictor(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 2))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(200)))
                .evictor(TimeEvictor.of(Duration.ofMillis(50)))
                .process(new Windows.Contents()));
        env.execute();
    }

    private static void deltaEvictor(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        run.collect(Reading.stream(env, Reading.list(60, 2))
                .keyBy(Reading::getKey)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(200)))
                .evictor(DeltaEvictor.of(4.0, (a, b) -> Math.abs(a.value - b.value)))
                .reduce((a, b) -> new Reading(a.key, b.time, a.value + b.value)));
        env.execute();
    }

    /** The size is such that all elements fall into one window, and the source stays until it has fired. */
    private static void processingTimeWindows(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        var keyed =
                env.addSource(new HeldSource(id, Reading.list(12, 3), "fired")).keyBy(Reading::getKey);
        run.collect(
                "tumbling ",
                keyed.window(TumblingProcessingTimeWindows.of(Duration.ofDays(10_000)))
                        .trigger(new SoonAfter(id, 6))
                        .process(new Sorted<>()));
        run.collect(
                "sliding ",
                keyed.window(SlidingProcessingTimeWindows.of(Duration.ofDays(10_000), Duration.ofDays(10_000)))
                        .trigger(new SoonAfter(id, 6))
                        .process(new Sorted<>()));
        env.execute();
    }

    private static void processingTimeSession(Run run) throws Exception {
        StreamExecutionEnvironment env = run.env();
        String id = run.id();
        // a count first, so that it does not matter into how many sessions slowness cuts the input
        run.collect(env.addSource(new HeldSource(id, Reading.list(12, 3), "fired"))
                .keyBy(Reading::getKey)
                .window(ProcessingTimeSessionWindows.withGap(Duration.ofMillis(50)))
                .process(new ProcessWindowFunction<Reading, Reading, String, TimeWindow>() {
                    @Override
                    public void process(String key, Context context, Iterable<Reading> input, Collector<Reading> out) {
                        for (Reading reading : input) {
                            out.collect(reading);
                            if (Board.of(id).count("windowed") == 12) {
                                Board.of(id).open("fired");
                            }
                        }
                    }
                }));
        env.execute();
    }

    private static final class Sorted<W extends Window> extends ProcessWindowFunction<Reading, String, String, W> {
        @Override
        public void process(String key, Context context, Iterable<Reading> input, Collector<String> out) {
            List<Reading> sorted = new ArrayList<>();
            input.forEach(sorted::add);
            sorted.sort(Comparator.comparingLong(reading -> reading.time));
            out.collect(key + " " + Windows.text(sorted));
        }
    }

    /** Fires by a processing-time timer at the fourth element; opens gate {@code fired} after so many firings. */
    private static final class SoonAfter extends Trigger<Reading, TimeWindow> {
        private final ReducingStateDescriptor<Long> seen =
                new ReducingStateDescriptor<>("seen", Long::sum, LongSerializer.INSTANCE);
        private final String runId;
        private final int firings;

        private SoonAfter(String runId, int firings) {
            this.runId = runId;
            this.firings = firings;
        }

        @Override
        public TriggerResult onElement(Reading element, long timestamp, TimeWindow window, TriggerContext context)
                throws Exception {
            ReducingState<Long> count = context.getPartitionedState(seen);
            count.add(1L);
            if (count.get() == 4) {
                context.registerProcessingTimeTimer(context.getCurrentProcessingTime() + 1);
            }
            return TriggerResult.CONTINUE;
        }

        @Override
        public TriggerResult onProcessingTime(long time, TimeWindow window, TriggerContext context) {
            if (Board.of(runId).count("firings") == firings) {
                Board.of(runId).open("fired");
            }
            return TriggerResult.FIRE_AND_PURGE;
        }

        @Override
        public TriggerResult onEventTime(long time, TimeWindow window, TriggerContext context) {
            return TriggerResult.CONTINUE;
        }

        @Override
        public void clear(TimeWindow window, TriggerContext context) throws Exception {
            context.getPartitionedState(seen).clear();
        }
    }

    /** Fires at each third element and at the end; merges its counts as sessions merge. */
    private static final class EveryThird extends Trigger<Reading, TimeWindow> {
        private final ReducingStateDescriptor<Long> seen =
                new ReducingStateDescriptor<>("seen", Long::sum, LongSerializer.INSTANCE);

        @Override
        public TriggerResult onElement(Reading element, long timestamp, TimeWindow window, TriggerContext context)
                throws Exception {
            ReducingState<Long> count = context.getPartitionedState(seen);
            count.add(1L);
            context.registerEventTimeTimer(window.maxTimestamp());
            return count.get() % 3 == 0 ? TriggerResult.FIRE : TriggerResult.CONTINUE;
        }

        @Override
        public TriggerResult onProcessingTime(long time, TimeWindow window, TriggerContext context) {
            return TriggerResult.CONTINUE;
        }

        @Override
        public TriggerResult onEventTime(long time, TimeWindow window, TriggerContext context) {
            return time == window.maxTimestamp() ? TriggerResult.FIRE_AND_PURGE : TriggerResult.CONTINUE;
        }

        @Override
        public boolean canMerge() {
            return true;
        }

        @Override
        public void onMerge(TimeWindow window, OnMergeContext context) {
            context.mergePartitionedState(seen);
            context.registerEventTimeTimer(window.maxTimestamp());
        }

        @Override
        public void clear(TimeWindow window, TriggerContext context) throws Exception {
            context.getPartitionedState(seen).clear();
            context.deleteEventTimeTimer(window.maxTimestamp());
        }
    }

    private static final class AtLargeValues extends Trigger<Reading, Window> {
        @Override
        public TriggerResult onElement(Reading element, long timestamp, Window window, TriggerContext context) {
            return element.value > 9
                    ? TriggerResult.FIRE
                    : element.value == 0 ? TriggerResult.PURGE : TriggerResult.CONTINUE;
        }

        @Override
        public TriggerResult onProcessingTime(long time, Window window, TriggerContext context) {
            return TriggerResult.CONTINUE;
        }

        @Override
        public TriggerResult onEventTime(long time, Window window, TriggerContext context) {
            return TriggerResult.CONTINUE;
        }

        @Override
        public void clear(Window window, TriggerContext context) {}
    }
}
