package dev.weir.bench.load;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** Counts a thousand keys as fast as it can, or idly with the argument {@code slow}, with a checkpoint each second, until it ends. */
public final class LoadedProgram {
    private static final int KEYS = 1_000;
    private static final long CHECKPOINT_MILLIS = 1_000;
    private static final int SLOW_RECORDS = 100;

    private LoadedProgram() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.enableCheckpointing(CHECKPOINT_MILLIS);
        env.fromSource(numbers(args), WatermarkStrategy.noWatermarks(), "numbers")
                .keyBy(number -> number % KEYS)
                .process(new Count())
                .sinkTo(new DiscardingSink<>());
        env.execute("loaded");
    }

    private static Source<Long, ?, ?> numbers(String[] args) {
        return args.length == 0
                ? new NumberSequenceSource(0, Long.MAX_VALUE)
                : new DataGeneratorSource<>(
                        number -> number, Long.MAX_VALUE, RateLimiterStrategy.perSecond(SLOW_RECORDS), Types.LONG);
    }

    private static final class Count extends KeyedProcessFunction<Long, Long, Long> {
        private static final long serialVersionUID = 1L;

        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            out.collect(now);
        }
    }
}
