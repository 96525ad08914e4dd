package dev.weir.bench.footprint;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Counts a thousand words, with a checkpoint each second: {@code SmallProgram RECORDS [RECORDS_PER_SECOND]}, as fast as it can
 * where no rate is given.
 */
public final class SmallProgram {
    private static final int WORDS = 1_000;
    private static final long CHECKPOINT_MILLIS = 1_000;

    private SmallProgram() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.enableCheckpointing(CHECKPOINT_MILLIS);
        DataGeneratorSource<Tuple2<String, Long>> words = new DataGeneratorSource<>(
                index -> Tuple2.of("word" + index % WORDS, 1L),
                Long.parseLong(args[0]),
                args.length == 1
                        ? RateLimiterStrategy.noOp()
                        : RateLimiterStrategy.perSecond(Double.parseDouble(args[1])),
                Types.TUPLE(Types.STRING, Types.LONG));
        env.fromSource(words, WatermarkStrategy.noWatermarks(), "words")
                .keyBy(word -> word.f0)
                .sum(1)
                .sinkTo(new DiscardingSink<>());
        env.execute("small");
    }
}
