package dev.weir.flink.differential;

import static dev.weir.flink.differential.Stateless.mix;
import static dev.weir.flink.differential.Stateless.tag;

import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.co.CoFlatMapFunction;
import org.apache.flink.streaming.api.functions.co.CoMapFunction;
import org.apache.flink.streaming.api.functions.co.CoProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** The user functions of random jobs that work by key, or on two inputs. */
final class Stateful {
    /** Timers that a timer sets, for each key: enough to chain, and it ends. */
    private static final long AGAIN_MAX = 3;

    private Stateful() {}

    private static <S> S made(@Nullable S state) {
        if (state == null) {
            throw new IllegalStateException("not open");
        }
        return state;
    }

    /**
     * Two into one.
     *
     * @param inAnyOrder whether the order of the elements makes no difference
     * @param inPlace whether the first is changed and given back
     */
    record Combine<T>(Shape<T> shape, boolean inAnyOrder, boolean inPlace) implements ReduceFunction<T> {
        @Override
        public T reduce(T first, T second) {
            long a = shape.value(first);
            long b = shape.value(second);
            long both = inAnyOrder ? a + b : mix(a, b);
            return inPlace ? shape.changed(first, both) : shape.of(shape.key(first), both);
        }
    }

    /** What both kinds of keyed process functions do: state, timers set and deleted, output of all kinds. */
    private static final class Keeper<T> {
        private final Shape<T> shape;
        private final ValueState<Long> count;
        private final MapState<Long, Long> due;
        private final LongCounter fired;

        Keeper(Shape<T> shape, RuntimeContext context, String counter) {
            this.shape = shape;
            count = context.getState(new ValueStateDescriptor<>("count", Types.LONG));
            due = context.getMapState(new MapStateDescriptor<>("due", Types.LONG, Types.LONG));
            fired = context.getLongCounter(counter);
        }

        T take(long key, T element, @Nullable Long timestamp, TimerService timers) throws Exception {
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            long value = shape.value(element);
            long at = (timestamp == null ? timers.currentWatermark() : timestamp) + Math.floorMod(value, 40) - 5;
            if (now % 4 == 0) {
                for (long each : due.keys()) {
                    timers.deleteEventTimeTimer(each);
                }
                due.clear();
            } else {
                timers.registerEventTimeTimer(at);
                due.put(at, now);
            }
            return shape.of(key, mix(value, now, timers.currentWatermark(), timestamp == null ? 1 : timestamp));
        }

        T fire(long key, long timestamp, TimerService timers) throws Exception {
            fired.add(1);
            Long set = due.get(timestamp);
            due.remove(timestamp);
            Long counted = count.value();
            if (set != null && set < AGAIN_MAX) {
                timers.registerEventTimeTimer(timestamp + 3);
                due.put(timestamp + 3, set + 1);
            } else if (set != null && set > 9) {
                count.clear();
            }
            return shape.of(
                    key,
                    mix(timestamp, set == null ? 0 : set, counted == null ? 0 : counted, timers.currentWatermark()));
        }
    }

    static final class Timed<K, T> extends KeyedProcessFunction<K, T, T> {
        private static final long serialVersionUID = 1L;

        private final Shape<T> shape;
        private final KeyKind<K> kind;
        private final String name;
        private transient @Nullable Keeper<T> keeper;

        Timed(Shape<T> shape, KeyKind<K> kind, String name) {
            this.shape = shape;
            this.kind = kind;
            this.name = name;
        }

        @Override
        public void open(OpenContext context) {
            keeper = new Keeper<>(shape, getRuntimeContext(), name);
        }

        @Override
        public void processElement(T element, Context context, Collector<T> out) throws Exception {
            long key = kind.number(context.getCurrentKey());
            T made = made(keeper).take(key, element, context.timestamp(), context.timerService());
            if (shape.value(made) % 4 == 0) {
                context.output(tag(name), made + " for " + element);
            }
            out.collect(made);
        }

        @Override
        public void onTimer(long timestamp, OnTimerContext context, Collector<T> out) throws Exception {
            long key = kind.number(context.getCurrentKey());
            T made = made(keeper).fire(key, timestamp, context.timerService());
            context.output(tag(name), made + " at " + context.timestamp() + ", " + context.timeDomain());
            out.collect(made);
        }
    }

    static final class TimedPair<K, T> extends KeyedCoProcessFunction<K, T, T, T> {
        private static final long serialVersionUID = 1L;

        private final Shape<T> shape;
        private final KeyKind<K> kind;
        private final String name;
        private transient @Nullable Keeper<T> keeper;

        TimedPair(Shape<T> shape, KeyKind<K> kind, String name) {
            this.shape = shape;
            this.kind = kind;
            this.name = name;
        }

        @Override
        public void open(OpenContext context) {
            keeper = new Keeper<>(shape, getRuntimeContext(), name);
        }

        @Override
        public void processElement1(T element, Context context, Collector<T> out) throws Exception {
            long key = kind.number(context.getCurrentKey());
            out.collect(made(keeper).take(key, element, context.timestamp(), context.timerService()));
        }

        @Override
        public void processElement2(T element, Context context, Collector<T> out) throws Exception {
            long key = kind.number(context.getCurrentKey());
            T made = made(keeper).take(key, element, context.timestamp(), context.timerService());
            context.output(tag(name), "second " + made);
        }

        @Override
        public void onTimer(long timestamp, OnTimerContext context, Collector<T> out) throws Exception {
            long key = kind.number(context.getCurrentKey());
            T made = made(keeper).fire(key, timestamp, context.timerService());
            context.output(tag(name), made + " at " + context.timestamp() + ", " + context.timeDomain());
            out.collect(made);
        }
    }

    record PairMap<T>(Shape<T> shape) implements CoMapFunction<T, T, T> {
        @Override
        public T map1(T element) {
            return shape.of(shape.key(element), shape.value(element) * 3 + 1);
        }

        @Override
        public T map2(T element) {
            return shape.of(shape.key(element), shape.value(element) * 3 + 2);
        }
    }

    record PairFlatMap<T>(Shape<T> shape) implements CoFlatMapFunction<T, T, T> {
        @Override
        public void flatMap1(T element, Collector<T> out) {
            out.collect(element);
            out.collect(shape.of(shape.key(element), shape.value(element) + 1));
        }

        @Override
        public void flatMap2(T element, Collector<T> out) {
            if (shape.value(element) % 2 == 0) {
                out.collect(element);
            }
        }
    }

    /** Sees what the context knows of each input. */
    static final class PairObserve<T> extends CoProcessFunction<T, T, T> {
        private static final long serialVersionUID = 1L;

        private final Shape<T> shape;
        private final String side;

        PairObserve(Shape<T> shape, String side) {
            this.shape = shape;
            this.side = side;
        }

        @Override
        public void processElement1(T element, Context context, Collector<T> out) {
            out.collect(seen(1, element, context));
        }

        @Override
        public void processElement2(T element, Context context, Collector<T> out) {
            T seen = seen(2, element, context);
            context.output(tag(side), String.valueOf(seen));
            out.collect(seen);
        }

        private T seen(int input, T element, Context context) {
            Long timestamp = context.timestamp();
            long watermark = context.timerService().currentWatermark();
            long value = mix(input, shape.value(element), timestamp == null ? 1 : timestamp, watermark);
            return shape.of(shape.key(element), value);
        }
    }

    /** Joins, and tells the side what the context knows. */
    static final class Pair<T> extends ProcessJoinFunction<T, T, T> {
        private static final long serialVersionUID = 1L;

        private final Shape<T> shape;
        private final String side;

        Pair(Shape<T> shape, String side) {
            this.shape = shape;
            this.side = side;
        }

        @Override
        public void processElement(T left, T right, Context context, Collector<T> out) {
            long value = mix(shape.value(left), shape.value(right));
            if (value % 4 == 0) {
                context.output(
                        tag(side),
                        left + " at " + context.getLeftTimestamp() + " with " + right + " at "
                                + context.getRightTimestamp() + " makes " + context.getTimestamp());
            }
            out.collect(shape.of(shape.key(left), value));
        }
    }
}
