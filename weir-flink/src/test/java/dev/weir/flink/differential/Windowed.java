package dev.weir.flink.differential;

import static dev.weir.flink.differential.Stateless.mix;
import static dev.weir.flink.differential.Stateless.tag;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** The user functions of random jobs that stand in windows. */
final class Windowed {
    private Windowed() {}

    /** Sum and count in an accumulator that is a number, or one that changes in place. */
    record Sum<T>(Shape<T> shape) implements AggregateFunction<T, Long, Long> {
        @Override
        public Long createAccumulator() {
            return 5L;
        }

        @Override
        public Long add(T element, Long sum) {
            return sum + shape.value(element);
        }

        @Override
        public Long getResult(Long sum) {
            return sum * 2;
        }

        @Override
        public Long merge(Long a, Long b) {
            // both began with what an empty one has
            return a + b - 5;
        }
    }

    /** @param inAnyOrder whether the order of the elements makes no difference */
    record Fold<T>(Shape<T> shape, boolean inAnyOrder) implements AggregateFunction<T, Tuple2<Long, Long>, Long> {
        @Override
        public Tuple2<Long, Long> createAccumulator() {
            return Tuple2.of(0L, 0L);
        }

        @Override
        public Tuple2<Long, Long> add(T element, Tuple2<Long, Long> folded) {
            long value = shape.value(element);
            folded.f0 = inAnyOrder ? folded.f0 + value : mix(folded.f0, value);
            folded.f1++;
            return folded;
        }

        @Override
        public Long getResult(Tuple2<Long, Long> folded) {
            return mix(folded.f0, folded.f1);
        }

        @Override
        public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) {
            return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1);
        }
    }

    /** An accumulator that no words hold. */
    record Longest<T>(Shape<T> shape) implements AggregateFunction<T, Item, Long> {
        @Override
        public Item createAccumulator() {
            return new Item();
        }

        @Override
        public Item add(T element, Item most) {
            most.value = Math.max(most.value, shape.value(element));
            most.key++;
            return most;
        }

        @Override
        public Long getResult(Item most) {
            return mix(most.key, most.value);
        }

        @Override
        public Item merge(Item a, Item b) {
            return new Item(a.key + b.key, Math.max(a.value, b.value), "");
        }
    }

    /** The elements of a window in one number. */
    private static <T> long digest(Shape<T> shape, Iterable<T> elements, boolean inAnyOrder) {
        List<Long> values = new ArrayList<>();
        elements.forEach(element -> values.add(shape.value(element)));
        if (inAnyOrder) {
            values.sort(null);
        }
        long digest = values.size();
        for (long value : values) {
            digest = mix(digest, value);
        }
        return digest;
    }

    record Apply<K, IN, T>(Shape<IN> in, Shape<T> shape, KeyKind<K> kind, boolean inAnyOrder)
            implements WindowFunction<IN, T, K, TimeWindow> {
        @Override
        public void apply(K key, TimeWindow window, Iterable<IN> elements, Collector<T> out) {
            long digest = digest(in, elements, inAnyOrder);
            out.collect(shape.of(kind.number(key), mix(digest, window.getStart(), window.getEnd())));
        }
    }

    /** Sees all that a context knows: the watermark, state of the window (not where windows merge) and of the key, the side. */
    static final class Elements<K, IN, T> extends ProcessWindowFunction<IN, T, K, TimeWindow> {
        private static final long serialVersionUID = 1L;
        private static final ValueStateDescriptor<Long> FIRINGS = new ValueStateDescriptor<>("firings", Types.LONG);

        private final Shape<IN> in;
        private final Shape<T> shape;
        private final KeyKind<K> kind;
        private final boolean inAnyOrder;
        private final boolean merges;
        private final String name;
        private transient @Nullable LongCounter cleared;

        Elements(Shape<IN> in, Shape<T> shape, KeyKind<K> kind, boolean inAnyOrder, boolean merges, String name) {
            this.in = in;
            this.shape = shape;
            this.kind = kind;
            this.inAnyOrder = inAnyOrder;
            this.merges = merges;
            this.name = name;
        }

        @Override
        public void open(OpenContext context) {
            cleared = getRuntimeContext().getLongCounter(name);
        }

        @Override
        public void process(K key, Context context, Iterable<IN> elements, Collector<T> out) throws Exception {
            long digest = digest(in, elements, inAnyOrder);
            long ofWindow = merges ? 0 : count(context.windowState().getState(FIRINGS));
            long ofKey = count(context.globalState().getState(FIRINGS));
            TimeWindow window = context.window();
            context.output(
                    tag(name),
                    key + " " + window + " fires the " + ofWindow + "th time, behind " + context.currentWatermark());
            long number = kind.number(key);
            out.collect(shape.of(
                    number,
                    mix(digest, ofWindow, ofKey, window.getStart(), window.getEnd(), context.currentWatermark())));
            if (digest % 3 == 0) {
                out.collect(shape.of(number, ofKey));
            }
        }

        private static long count(ValueState<Long> state) throws Exception {
            Long before = state.value();
            long now = before == null ? 1 : before + 1;
            state.update(now);
            return now;
        }

        @Override
        public void clear(Context context) throws Exception {
            Objects.requireNonNull(cleared).add(1);
            if (!merges) {
                context.windowState().getState(FIRINGS).clear();
            }
        }
    }
}
