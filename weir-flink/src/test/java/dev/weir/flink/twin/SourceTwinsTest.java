package dev.weir.flink.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.util.ratelimit.NoOpRateLimiter;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sources that run natively, beside the same ones that are hosted. */
class SourceTwinsTest {
    private static final NumberSequenceSource NUMBERS = new NumberSequenceSource(0, 4_999);

    private static final class OtherNumbers extends NumberSequenceSource {
        private static final long serialVersionUID = 1;

        OtherNumbers() {
            super(0, 9);
        }
    }

    private static DataGeneratorSource<String> texts(RateLimiterStrategy<?> limits) {
        return new DataGeneratorSource<>(number -> "text " + number, 5_000, limits, Types.STRING);
    }

    private static StreamExecutionEnvironment environment(boolean natively) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                new Configuration().set(NativeOptions.NATIVE, natively));
        env.setParallelism(1);
        return env;
    }

    private static Verdict verdict(DataStream<?> records, RuntimeExecutionMode mode) {
        StreamExecutionEnvironment env = records.getExecutionEnvironment();
        env.configure(new Configuration().set(ExecutionOptions.RUNTIME_MODE, mode));
        records.sinkTo(new DiscardingSink<>());
        ClassLoader loader = SourceTwinsTest.class.getClassLoader();
        JobVertex vertex = env.getStreamGraph()
                .getJobGraph(loader)
                .getVertices()
                .iterator()
                .next();
        StreamConfig config = new StreamConfig(vertex.getConfiguration());
        return Twins.verdict(
                NativeOptions.of(new Configuration(), new Configuration()),
                config.getStreamOperatorFactory(loader),
                config,
                loader);
    }

    private static <T> Verdict verdict(Source<T, ?, ?> source, WatermarkStrategy<T> strategy) {
        return verdict(environment(true).fromSource(source, strategy, "tested"), RuntimeExecutionMode.STREAMING);
    }

    @Test
    void sourcesAreKnownByTheirClassAndWhatIsSetForThem() {
        assertThat(verdict(NUMBERS, WatermarkStrategy.noWatermarks())).isEqualTo(Verdict.yes("NumberSequenceSource"));
        assertThat(verdict(NUMBERS, WatermarkStrategy.forMonotonousTimestamps()).isNative())
                .isTrue();
        assertThat(verdict(texts(RateLimiterStrategy.noOp()), WatermarkStrategy.noWatermarks()))
                .isEqualTo(Verdict.yes("DataGeneratorSource"));
        assertThat(verdict(environment(true).fromData(1, 2, 3), RuntimeExecutionMode.STREAMING))
                .isEqualTo(Verdict.yes("DataGeneratorSource"));

        assertThat(verdict(new OtherNumbers(), WatermarkStrategy.noWatermarks()))
                .isEqualTo(Verdict.no("source, pulled by the task loop"));
        assertThat(verdict(
                        NUMBERS,
                        WatermarkStrategy.<Long>forMonotonousTimestamps()
                                .withWatermarkAlignment("group", Duration.ofSeconds(1))))
                .isEqualTo(Verdict.no("NumberSequenceSource with alignment of watermarks"));
        assertThat(verdict(environment(true).fromSequence(1, 3), RuntimeExecutionMode.BATCH))
                .isEqualTo(Verdict.no("NumberSequenceSource in batch mode"));
        for (RateLimiterStrategy<?> limits : List.of(
                RateLimiterStrategy.perSecond(10), RateLimiterStrategy.perCheckpoint(10), (RateLimiterStrategy<?>)
                        parallelism -> new NoOpRateLimiter<>())) {
            assertThat(verdict(texts(limits), WatermarkStrategy.noWatermarks()))
                    .isEqualTo(Verdict.no("DataGeneratorSource with a limit to its rate"));
        }
    }

    /** A watermark behind every seventh record. */
    private static final class Sevenths<T> implements WatermarkGenerator<T> {
        private long records;

        @Override
        public void onEvent(T event, long timestamp, WatermarkOutput output) {
            if (++records % 7 == 0) {
                output.emitWatermark(new Watermark(records - 2));
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            // all come with records
        }
    }

    private static <T> WatermarkStrategy<T> sevenths() {
        return WatermarkStrategy.<T>forGenerator(context -> new Sevenths<>())
                .withTimestampAssigner((record, timestamp) -> record.hashCode());
    }

    private static final class Described<T> extends ProcessFunction<T, String> {
        private static final long serialVersionUID = 1;

        @Override
        public void processElement(T value, Context context, Collector<String> out) {
            out.collect(value + " at " + context.timestamp() + " after "
                    + context.timerService().currentWatermark());
        }
    }

    private static List<Function<StreamExecutionEnvironment, DataStream<?>>> programs() {
        return List.of(
                env -> env.fromSource(NUMBERS, WatermarkStrategy.noWatermarks(), "numbers"),
                env -> env.fromSource(NUMBERS, sevenths(), "numbers"),
                env -> env.fromSource(texts(RateLimiterStrategy.noOp()), sevenths(), "texts"),
                env -> env.fromData("a", "b", "c"));
    }

    @ParameterizedTest
    @MethodSource("programs")
    void recordsTimestampsAndWatermarksAreThoseOfTheHostedSource(
            Function<StreamExecutionEnvironment, DataStream<?>> program) throws Exception {
        List<List<String>> seen = new ArrayList<>();
        for (boolean natively : List.of(true, false)) {
            DataStream<?> records = program.apply(environment(natively));
            List<String> lines = new ArrayList<>();
            described(records).executeAndCollect().forEachRemaining(lines::add);
            seen.add(lines);
        }
        assertThat(seen.get(0)).isNotEmpty().isEqualTo(seen.get(1));
    }

    @Test
    void theTwinIsUsedAsTheOptionSays() throws Exception {
        for (boolean natively : List.of(true, false)) {
            List<Boolean> byTwin = environment(natively)
                    .fromSequence(1, 1_000)
                    .map(number -> isCalledByTwin())
                    .executeAndCollect(1_000);
            // the operator has the first of each turn
            assertThat(byTwin.stream().filter(by -> by).count()).isBetween(natively ? 500L : 0L, natively ? 999L : 0L);
        }
    }

    private static boolean isCalledByTwin() {
        return StackWalker.getInstance(StackWalker.Option.SHOW_HIDDEN_FRAMES)
                .walk(frames -> frames.anyMatch(frame -> frame.getClassName().contains("twin.IteratorTwin/")));
    }

    private static <T> DataStream<String> described(DataStream<T> records) {
        return records.process(new Described<>());
    }

    @Test
    void whatAGeneratorThrowsIsSeenAsFromTheHostedSource() {
        List<String> seen = new ArrayList<>();
        for (boolean natively : List.of(true, false)) {
            DataGeneratorSource<Long> failing =
                    new DataGeneratorSource<>(number -> 10 / (100 - number), 1_000, Types.LONG);
            Throwable failure = catchThrowable(() -> environment(natively)
                    .fromSource(failing, WatermarkStrategy.noWatermarks(), "failing")
                    .executeAndCollect(1_000));
            List<String> causes = new ArrayList<>();
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                causes.add(cause.toString());
            }
            seen.add(String.join("\n", causes.subList(causes.size() - 2, causes.size())));
        }
        assertThat(seen.get(0)).contains("on this input: 100", "/ by zero").isEqualTo(seen.get(1));
    }
}
