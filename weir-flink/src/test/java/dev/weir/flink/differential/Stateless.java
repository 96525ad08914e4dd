package dev.weir.flink.differential;

import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FilterFunction;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** The user functions of random jobs that keep no state. */
final class Stateless {
    private Stateless() {}

    /** Numbers that depend on all of theirs. */
    static long mix(long... numbers) {
        long mixed = 17;
        for (long number : numbers) {
            mixed = (mixed ^ number) * 0x9E3779B97F4A7C15L;
            mixed ^= mixed >>> 29;
        }
        return mixed >> 16;
    }

    static OutputTag<String> tag(String name) {
        return new OutputTag<>(name, Types.STRING);
    }

    /** Another value, and another type where asked. */
    record Convert<A, B>(Shape<A> from, Shape<B> to, long salt) implements MapFunction<A, B> {
        @Override
        public B map(A element) {
            return to.of(from.key(element), mix(from.value(element), salt));
        }
    }

    /** Changes what it was given, and counts. */
    static final class Mutate<T> extends RichMapFunction<T, T> {
        private static final long serialVersionUID = 1L;

        private final Shape<T> shape;
        private final String counter;
        private @Nullable LongCounter counted;

        Mutate(Shape<T> shape, String counter) {
            this.shape = shape;
            this.counter = counter;
        }

        @Override
        public void open(OpenContext context) {
            counted = getRuntimeContext().getLongCounter(counter);
        }

        @Override
        public T map(T element) {
            if (counted == null) {
                throw new IllegalStateException("not open");
            }
            counted.add(1);
            return shape.changed(element, shape.value(element) + 1);
        }
    }

    record Keep<T>(Shape<T> shape, long salt) implements FilterFunction<T> {
        @Override
        public boolean filter(T element) {
            return (mix(shape.value(element), salt) & 3) != 0;
        }
    }

    /** None to three for one, the element itself among them. */
    record Repeat<T>(Shape<T> shape, long salt) implements FlatMapFunction<T, T> {
        @Override
        public void flatMap(T element, Collector<T> out) {
            long times = mix(shape.value(element), salt) & 3;
            long key = shape.key(element);
            long value = shape.value(element);
            if (times > 0) {
                out.collect(element);
            }
            for (long i = 1; i < times; i++) {
                out.collect(shape.of(key + i, value + i));
            }
        }
    }

    record Fail<T>(Shape<T> shape, long salt) implements MapFunction<T, T> {
        @Override
        public T map(T element) {
            if (mix(shape.value(element), salt) % 50 == 0) {
                throw new IllegalArgumentException("no value may be " + shape.value(element));
            }
            return element;
        }
    }

    /** Sees what the context knows, and sends some to the side. */
    static final class Observe<T> extends ProcessFunction<T, T> {
        private static final long serialVersionUID = 1L;

        private final Shape<T> shape;
        private final String side;

        Observe(Shape<T> shape, String side) {
            this.shape = shape;
            this.side = side;
        }

        @Override
        public void processElement(T element, Context context, Collector<T> out) {
            Long timestamp = context.timestamp();
            long value = mix(
                    shape.value(element),
                    timestamp == null ? 1 : timestamp,
                    context.timerService().currentWatermark());
            if (value % 3 == 0) {
                context.output(tag(side), shape + " " + value);
            }
            out.collect(shape.of(shape.key(element), value));
            if (value % 5 == 0) {
                out.collect(element);
            }
        }
    }

    /** Times made of values, watermarks after some of them. */
    static <T> WatermarkStrategy<T> times(Shape<T> shape, long lag) {
        return WatermarkStrategy.<T>forGenerator(context -> new Punctuated<>(shape, lag))
                .withTimestampAssigner((element, before) -> before / 2 + Math.floorMod(shape.value(element), 50));
    }

    private record Punctuated<T>(Shape<T> shape, long lag) implements WatermarkGenerator<T> {
        @Override
        public void onEvent(T element, long timestamp, WatermarkOutput output) {
            if (shape.value(element) % 4 == 0) {
                output.emitWatermark(new Watermark(timestamp - lag));
            } else if (shape.value(element) % 31 == 0) {
                output.markIdle();
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
    }
}
