package org.example;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.util.Collector;

/**
 * Numbers each key's records in keyed state, sums windows, joins neighbours, sets a timer for each key, and writes all of it to
 * files that a checkpoint commits. {@code Ledger DIRECTORY RECORDS RATE}: whatever happens to the process, the files hold the same lines.
 */
public final class Ledger {
    private static final int KEYS = 50;

    private Ledger() {}

    public static void main(String[] args) throws Exception {
        long records = Long.parseLong(args[1]);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                new Configuration().set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50)));
        write(
                numbers(env, records, args[2], "numbers", env.getParallelism())
                        .keyBy(record -> record.f0)
                        .process(new Numbering())
                        .uid("numbering"),
                args[0] + "/numbered");
        // After a restart at another parallelism a reader may have a later split before an earlier one, whose records
        // are late then.
        DataStream<Tuple2<Long, Long>> keyed = numbers(env, records, args[2], "in order", 1);
        write(
                keyed.keyBy(record -> record.f0)
                        .window(TumblingEventTimeWindows.of(Duration.ofSeconds(1)))
                        .sum(1)
                        .uid("windows")
                        .map(sum -> sum.f0 + " " + sum.f1),
                args[0] + "/sums");
        write(
                keyed.keyBy(record -> record.f0)
                        .intervalJoin(keyed.filter(record -> record.f1 / KEYS % 5 == 0)
                                .keyBy(record -> record.f0))
                        .between(Duration.ofMillis(-2 * KEYS), Duration.ofMillis(2 * KEYS))
                        .process(new Pairing())
                        .uid("pairs"),
                args[0] + "/pairs");
        env.execute("ledger");
        System.out.println("done");
    }

    private static DataStream<Tuple2<Long, Long>> numbers(
            StreamExecutionEnvironment env, long records, String rate, String name, int readers) {
        DataGeneratorSource<Long> source = new DataGeneratorSource<>(
                number -> number, records, RateLimiterStrategy.perSecond(Double.parseDouble(rate)), Types.LONG);
        return env.fromSource(
                        source,
                        WatermarkStrategy.<Long>forMonotonousTimestamps()
                                .withTimestampAssigner((number, before) -> number),
                        name)
                // which operators are chained, and so the identity of those without a name, hangs on the parallelism
                .uid(name)
                .setParallelism(readers)
                .map(number -> Tuple2.of(number % KEYS, number))
                .returns(Types.TUPLE(Types.LONG, Types.LONG));
    }

    private static void write(DataStream<String> lines, String directory) {
        lines.sinkTo(FileSink.forRowFormat(new Path(directory), new SimpleStringEncoder<String>())
                        .withRollingPolicy(OnCheckpointRollingPolicy.build())
                        .build())
                .uid("files of " + directory);
    }

    private static final class Pairing extends ProcessJoinFunction<Tuple2<Long, Long>, Tuple2<Long, Long>, String> {
        private static final long serialVersionUID = 1L;

        @Override
        public void processElement(
                Tuple2<Long, Long> left, Tuple2<Long, Long> right, Context context, Collector<String> out) {
            out.collect(left.f1 + " " + right.f1);
        }
    }

    /** Emits each record with its number among its key's, and every key's count when event time is over. */
    private static final class Numbering extends KeyedProcessFunction<Long, Tuple2<Long, Long>, String> {
        private static final long serialVersionUID = 1L;
        private transient ValueState<Long> count;

        @Override
        public void open(org.apache.flink.api.common.functions.OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public void processElement(Tuple2<Long, Long> record, Context context, Collector<String> out) throws Exception {
            Long before = count.value();
            long number = before == null ? 1 : before + 1;
            count.update(number);
            context.timerService().registerEventTimeTimer(Long.MAX_VALUE - 1);
            out.collect(record.f0 + " #" + number + " = " + record.f1);
        }

        @Override
        public void onTimer(long timestamp, OnTimerContext context, Collector<String> out) throws Exception {
            out.collect(context.getCurrentKey() + " has " + count.value());
        }
    }
}
