package dev.weir.flink.differential;

import java.time.Duration;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.datastream.WindowedStream;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.evictors.CountEvictor;
import org.apache.flink.streaming.api.windowing.triggers.CountTrigger;
import org.apache.flink.streaming.api.windowing.triggers.EventTimeTrigger;
import org.apache.flink.streaming.api.windowing.triggers.PurgingTrigger;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.OutputTag;

/** Operators of one stream by key. */
final class KeyedSteps<T> {
    private final RandomJob job;
    private final Flow<T> flow;
    private final Shape<T> shape;

    KeyedSteps(RandomJob job, Flow<T> flow) {
        this.job = job;
        this.flow = flow;
        this.shape = flow.shape();
    }

    Flow<?> any() {
        KeyKind<?> kind = job.pick(KeyKind.all());
        if (!flow.ordered()) {
            return window(kind);
        }
        return switch (job.random.nextInt(6)) {
            // timers of one time fire in an order that Flink leaves open
            case 0 -> timed(kind);
            case 1 -> reduce(kind);
            case 2 -> field();
            default -> window(kind);
        };
    }

    private <K> KeyedStream<T, K> keyed(KeyKind<K> kind) {
        long keys = job.random.nextInt(5) == 0 ? 64 : 1 + job.random.nextInt(6);
        return flow.stream().keyBy(kind.selector(shape, keys), kind.type());
    }

    private <K> Flow<T> timed(KeyKind<K> kind) {
        String side = job.name("timed");
        return job.emits(
                keyed(kind).process(new Stateful.Timed<>(shape, kind, side)),
                shape,
                job.parallelism(),
                !job.straight,
                side);
    }

    private <K> Flow<T> reduce(KeyKind<K> kind) {
        boolean inPlace = !job.objectReuse && job.random.nextBoolean();
        return job.emits(
                keyed(kind).reduce(new Stateful.Combine<>(shape, job.random.nextBoolean(), inPlace)),
                shape,
                job.parallelism(),
                true);
    }

    /** Flink's own functions over a field. */
    private Flow<T> field() {
        KeyedStream<T, ?> stream = keyed(job.pick(KeyKind.all()));
        if (shape == Shape.ITEM) {
            SingleOutputStreamOperator<T> made =
                    switch (job.random.nextInt(4)) {
                        case 0 -> stream.sum("value");
                        case 1 -> stream.min("value");
                        case 2 -> stream.maxBy("value");
                        default -> stream.minBy("value", false);
                    };
            return job.emits(made, shape, job.parallelism(), true);
        }
        if (shape == Shape.TUPLE) {
            SingleOutputStreamOperator<T> made =
                    switch (job.random.nextInt(4)) {
                        case 0 -> stream.sum(1);
                        case 1 -> stream.max(1);
                        case 2 -> stream.minBy(1);
                        default -> stream.maxBy(1, false);
                    };
            return job.emits(made, shape, job.parallelism(), true);
        }
        return reduce(job.pick(KeyKind.all()));
    }

    /** How windows are made and what may be done with them. */
    private record Windows(WindowAssigner<Object, TimeWindow> assigner, boolean merge) {}

    private Windows windows() {
        long size = 1L + job.random.nextInt(30);
        // a late element makes or misses a session depending on what came right before it
        return switch (job.random.nextInt(flow.ordered() ? 3 : 2)) {
            case 0 -> new Windows(TumblingEventTimeWindows.of(millis(size), millis(offset(size))), false);
            case 1 -> {
                long slide = 1 + size / 4 + job.random.nextInt((int) size + 3);
                yield new Windows(
                        SlidingEventTimeWindows.of(millis(size), millis(slide), millis(offset(slide))), false);
            }
            default -> new Windows(EventTimeSessionWindows.withGap(millis(size)), true);
        };
    }

    private long offset(long size) {
        return job.random.nextBoolean() ? 0 : job.random.nextInt((int) size);
    }

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private <K> Flow<?> window(KeyKind<K> kind) {
        Windows windows = windows();
        WindowedStream<T, K, TimeWindow> stream = keyed(kind).window(windows.assigner());
        OutputTag<T> late = new OutputTag<>(job.name("late"), shape.type());
        boolean lateAside = job.random.nextBoolean();
        if (lateAside) {
            stream.sideOutputLateData(late);
        }
        if (flow.ordered()) {
            // each late element fires again, with what came before it
            stream.allowedLateness(millis(job.random.nextInt(3) * (long) job.random.nextInt(30)));
            trigger(stream, windows);
        }
        // the contents of merged windows come in no order
        Flow<?> made = function(stream, kind, windows.merge(), windows.merge() || !flow.ordered());
        if (lateAside) {
            // what emits late elements is what emits the windows
            job.drain(
                    ((SingleOutputStreamOperator<?>) made.stream()).getSideOutput(late),
                    late.getId(),
                    made.parallelism(),
                    flow.ordered());
        }
        return made;
    }

    /** Mostly the default. */
    private <K> void trigger(WindowedStream<T, K, TimeWindow> stream, Windows windows) {
        switch (job.random.nextInt(15)) {
            case 0 -> stream.trigger(CountTrigger.of(2));
            case 1 -> stream.trigger(PurgingTrigger.of(CountTrigger.of(3)));
            case 2 -> stream.trigger(PurgingTrigger.of(EventTimeTrigger.create()));
            case 3 -> {
                if (!windows.merge()) {
                    stream.evictor(CountEvictor.of(2));
                }
            }
            default -> {}
        }
    }

    private <K> Flow<?> function(
            WindowedStream<T, K, TimeWindow> stream, KeyKind<K> kind, boolean merge, boolean inAnyOrder) {
        String side = job.name("window");
        int parallelism = job.parallelism();
        var combine = new Stateful.Combine<>(shape, inAnyOrder, !job.objectReuse && job.random.nextBoolean());
        var ofElements = new Windowed.Elements<>(shape, shape, kind, inAnyOrder, merge, side);
        var ofNumbers = new Windowed.Elements<>(Shape.LONG, shape, kind, inAnyOrder, merge, side);
        var applied = new Windowed.Apply<>(shape, shape, kind, inAnyOrder);
        return switch (job.random.nextInt(9)) {
            case 0 -> job.emits(stream.reduce(combine), shape, parallelism, false);
            case 1 -> job.emits(stream.reduce(combine, ofElements, shape.type()), shape, parallelism, false, side);
            case 2 -> job.emits(stream.reduce(combine, applied, shape.type()), shape, parallelism, false);
            case 3 ->
                job.emits(
                        stream.aggregate(new Windowed.Sum<>(shape), Shape.LONG.type(), Shape.LONG.type()),
                        Shape.LONG,
                        parallelism,
                        false);
            case 4 ->
                job.emits(
                        stream.aggregate(
                                new Windowed.Fold<>(shape, inAnyOrder),
                                ofNumbers,
                                Shape.TUPLE.type(),
                                Shape.LONG.type(),
                                shape.type()),
                        shape,
                        parallelism,
                        false,
                        side);
            case 5 ->
                job.emits(
                        stream.aggregate(new Windowed.Longest<>(shape), Shape.ITEM.type(), Shape.LONG.type()),
                        Shape.LONG,
                        parallelism,
                        false);
            case 6 -> job.emits(stream.apply(applied, shape.type()), shape, parallelism, false);
            default -> job.emits(stream.process(ofElements, shape.type()), shape, parallelism, false, side);
        };
    }
}
