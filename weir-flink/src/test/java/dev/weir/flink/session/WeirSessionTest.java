package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.runtime.client.DuplicateJobSubmissionException;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.legacy.SinkFunction;
import org.apache.flink.streaming.api.functions.windowing.PassThroughWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WeirSessionTest {
    static final ConcurrentLinkedQueue<String> OUTPUT = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void clear() {
        OUTPUT.clear();
    }

    /** Collects into a static queue, which both the test and the job's threads see. */
    private static final class Collect<T> implements SinkFunction<T> {
        @Override
        public void invoke(T value, SinkFunction.Context context) {
            OUTPUT.add(String.valueOf(value));
        }
    }

    private static WeirJob.Result run(StreamExecutionEnvironment env) throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            return session.submit(env.getStreamGraph(), WeirSessionTest.class.getClassLoader())
                    .result()
                    .get();
        }
    }

    @Test
    void countsWordsByKeyAcrossSubtasks() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(3);
        DataStream<Tuple2<String, Integer>> counts = env.fromData("to be or not to be", "that is the question")
                .flatMap((String line, Collector<Tuple2<String, Integer>> out) -> {
                    for (String word : line.split(" ")) {
                        out.collect(Tuple2.of(word, 1));
                    }
                })
                .returns(Types.TUPLE(Types.STRING, Types.INT))
                .keyBy(pair -> pair.f0)
                .sum(1);
        counts.addSink(new Collect<>());

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        TreeMap<String, Integer> highest = new TreeMap<>();
        for (String pair : OUTPUT) {
            String[] parts = pair.substring(1, pair.length() - 1).split(",");
            highest.merge(parts[0], Integer.parseInt(parts[1]), Math::max);
        }
        assertThat(highest.toString()).isEqualTo("{be=2, is=1, not=1, or=1, question=1, that=1, the=1, to=2}");
    }

    @Test
    void firesEventTimeTimersAtTheEndOfInput() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
        env.fromSequence(1, 1000)
                .keyBy(n -> n % 7)
                .process(new KeyedProcessFunction<Long, Long, String>() {
                    private transient ValueState<Long> sum;

                    @Override
                    public void open(OpenContext context) {
                        sum = getRuntimeContext().getState(new ValueStateDescriptor<>("sum", Long.class));
                    }

                    @Override
                    public void processElement(Long value, Context ctx, Collector<String> out) throws Exception {
                        sum.update((sum.value() == null ? 0 : sum.value()) + value);
                        ctx.timerService().registerEventTimeTimer(Long.MAX_VALUE - 1);
                    }

                    @Override
                    public void onTimer(long timestamp, OnTimerContext ctx, Collector<String> out) throws Exception {
                        out.collect(ctx.getCurrentKey() + "=" + sum.value());
                    }
                })
                .addSink(new Collect<>());

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(OUTPUT)
                .containsExactlyInAnyOrder("0=71071", "1=71214", "2=71357", "3=71500", "4=71643", "5=71786", "6=71929");
    }

    @Test
    void failsWithTheUsersExceptionAndNamesTheSubtask() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.fromSequence(1, 10)
                .map(n -> {
                    if (n == 5) {
                        throw new IllegalArgumentException("five");
                    }
                    return n;
                })
                .name("no-five")
                .addSink(new Collect<>());

        WeirJob.Result result = run(env);

        assertThat(result.status()).isEqualTo(JobStatus.FAILED);
        assertThat(result.failure()).hasMessageContaining("no-five").hasRootCauseMessage("five");
    }

    @Test
    void cancelsAnUnboundedJob() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
        env.fromSequence(1, Long.MAX_VALUE).rebalance().map(n -> n + 1).addSink(new Collect<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(env.getStreamGraph(), WeirSessionTest.class.getClassLoader());
            job.cancel().get();
            assertThat(job.status()).isEqualTo(JobStatus.CANCELED);
            assertThat(session.jobs()).isEqualTo(List.of(job));
        }
    }

    @Test
    void batchModeEmitsOneResultForEachKey() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
        env.setRuntimeMode(RuntimeExecutionMode.BATCH);
        env.fromSequence(1, 1000)
                .map(n -> Tuple2.of(n % 3, n))
                .returns(Types.TUPLE(Types.LONG, Types.LONG))
                .keyBy(pair -> pair.f0)
                .sum(1)
                .addSink(new Collect<>());

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(OUTPUT).containsExactlyInAnyOrder("(0,166833)", "(1,167167)", "(2,166500)");
    }

    @Test
    void committingSinkCommitsWithTheLastCheckpoint() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
        env.enableCheckpointing(100);
        env.fromSequence(1, 10).sinkTo(new CommittingSink());

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(OUTPUT).containsExactlyInAnyOrder("1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
    }

    @Test
    void committingSinkCommitsAtTheEndOfItsInputWithoutCheckpoints() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
        env.fromSequence(1, 10).sinkTo(new CommittingSink());

        WeirJob.Result result = run(env);

        assertThat(result.failure()).isNull();
        assertThat(OUTPUT).containsExactlyInAnyOrder("1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
    }

    /** Flink's own, which the API lets everybody use; over a window that keeps its elements it emits each of them. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFunctionThatPassesElementsOnEmitsEach(boolean sessions) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        KeyedStream<Long, Long> keyed = env.fromSequence(1, 10)
                .assignTimestampsAndWatermarks(
                        WatermarkStrategy.<Long>forMonotonousTimestamps().withTimestampAssigner((n, t) -> n))
                .keyBy(n -> n % 2);
        WindowAssigner<Object, TimeWindow> windows = sessions
                ? EventTimeSessionWindows.withGap(Duration.ofSeconds(1))
                : TumblingEventTimeWindows.of(Duration.ofSeconds(1));
        keyed.window(windows)
                .apply(new PassThroughWindowFunction<Long, TimeWindow, Long>(), Types.LONG)
                .addSink(new Collect<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            assertThat(session.submit(env.getStreamGraph(), WeirSessionTest.class.getClassLoader())
                            .result()
                            .get()
                            .failure())
                    .isNull();
        }
        assertThat(OUTPUT).containsExactlyInAnyOrder("1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
    }

    @Test
    void keepsAsManyEndedJobsAsItIsToldAndRefusesAnIdASecondTime() throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(JobManagerOptions.JOB_STORE_MAX_CAPACITY, 1);
        try (WeirSession session = new WeirSession(configuration)) {
            List<WeirJob> submitted = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
                env.fromSequence(1, 2).addSink(new Collect<>());
                WeirJob job = session.submit(env.getStreamGraph(), WeirSessionTest.class.getClassLoader());
                job.result().get();
                submitted.add(job);
            }
            // the third came when two had ended, of which one was let go
            assertThat(session.jobs()).isEqualTo(submitted.subList(1, 3));
            assertThatThrownBy(
                            () -> session.submit(submitted.get(2).jobGraph(), WeirSessionTest.class.getClassLoader()))
                    .isInstanceOf(DuplicateJobSubmissionException.class);
        }
    }
}
