package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.plan.Explanation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.functions.sink.legacy.SinkFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Native windows and interval joins of jobs that fail in the midst of their input: nothing is lost, nothing counted twice. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class NativeRecoveryTest {
    private static final long RECORDS = 100_000;
    private static final long KEYS = 100;

    /** Records come in blocks, with a pause of as long behind each. */
    private static final long BLOCK = 1_000;

    /** By key and window, the numbers of records it has fired with. */
    private static final Map<String, Set<Long>> FIRED = new ConcurrentHashMap<>();

    private static final Set<Long> PAIRS = ConcurrentHashMap.newKeySet();

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        RecoveryTest.FAILURES.set(0);
        FIRED.clear();
        PAIRS.clear();
    }

    /** Does not come to the end of its input before it has failed once. */
    private static final class FailInTime extends RecoveryTest.FailAfterCheckpoint {
        private static final long serialVersionUID = 1;

        @Override
        public Long map(Long value) throws Exception {
            if (RecoveryTest.FAILURES.get() == 0) {
                LockSupport.parkNanos(100_000);
            }
            return super.map(value);
        }
    }

    private static KeyedStream<Long, Long> records(StreamExecutionEnvironment env) {
        DataStream<Long> numbers = env.fromSequence(0, RECORDS - 1).map(new FailInTime());
        return numbers.assignTimestampsAndWatermarks(WatermarkStrategy.<Long>forMonotonousTimestamps()
                        .withTimestampAssigner((n, timestamp) -> n + n / BLOCK * BLOCK))
                .keyBy(n -> n % KEYS);
    }

    private static void requireFailuresAndSuccess(StreamExecutionEnvironment env, String natively) throws Exception {
        JobGraph graph = env.getStreamGraph().getJobGraph();
        ClassLoader loader = NativeRecoveryTest.class.getClassLoader();
        assertThat(Explanation.of(graph, new Configuration(), loader).vertices().stream()
                        .flatMap(vertex -> vertex.operators().stream())
                        .filter(operator -> operator.verdict().isNative())
                        .map(operator -> operator.verdict().reason()))
                .anyMatch(reason -> reason.startsWith(natively));
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = session.submit(graph, loader).result().get(50, TimeUnit.SECONDS);
            assertThat(result.failure()).isNull();
        }
        assertThat(RecoveryTest.FAILURES.get()).isPositive();
    }

    private static final class Counting implements AggregateFunction<Long, Tuple2<Long, Long>, Long> {
        private static final long serialVersionUID = 1;

        @Override
        public Tuple2<Long, Long> createAccumulator() {
            return Tuple2.of(0L, 0L);
        }

        @Override
        public Tuple2<Long, Long> add(Long n, Tuple2<Long, Long> counted) {
            return Tuple2.of(counted.f0 + 1, counted.f1 + n);
        }

        @Override
        public Long getResult(Tuple2<Long, Long> counted) {
            return counted.f0;
        }

        @Override
        public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) {
            return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1);
        }
    }

    private static final class Noting extends ProcessWindowFunction<Long, Long, Long, TimeWindow> {
        private static final long serialVersionUID = 1;

        @Override
        public void process(Long key, Context context, Iterable<Long> counts, Collector<Long> out) {
            counts.forEach(count -> FIRED.computeIfAbsent(
                            key + " " + context.window(), window -> ConcurrentHashMap.newKeySet())
                    .add(count));
        }
    }

    private void requireCompleteWindows(WindowAssigner<Object, TimeWindow> windows, long records, long all)
            throws Exception {
        StreamExecutionEnvironment env = RecoveryTest.environment(2, directory);
        records(env).window(windows).aggregate(new Counting(), new Noting()).addSink(new SinkFunction<Long>() {});
        requireFailuresAndSuccess(env, "WindowOperator");
        assertThat(FIRED).hasSize((int) all);
        assertThat(FIRED.values()).allSatisfy(counts -> assertThat(counts).containsExactly(records));
    }

    @Test
    void slidingWindowsFireWithAllTheirRecords() throws Exception {
        // each block is in two windows, which begin at its start and a block before
        requireCompleteWindows(
                SlidingEventTimeWindows.of(Duration.ofMillis(2 * BLOCK), Duration.ofMillis(BLOCK)),
                BLOCK / KEYS,
                2 * RECORDS / BLOCK * KEYS);
    }

    @Test
    void sessionsFireWithAllTheirRecords() throws Exception {
        requireCompleteWindows(
                EventTimeSessionWindows.withGap(Duration.ofMillis(BLOCK / 2)), BLOCK / KEYS, RECORDS / BLOCK * KEYS);
    }

    @Test
    void intervalJoinsFindAllPairs() throws Exception {
        StreamExecutionEnvironment env = RecoveryTest.environment(2, directory);
        KeyedStream<Long, Long> records = records(env);
        records.intervalJoin(records)
                .between(Duration.ofMillis(-KEYS), Duration.ZERO)
                .process(new ProcessJoinFunction<Long, Long, Long>() {
                    @Override
                    public void processElement(Long left, Long right, Context context, Collector<Long> out) {
                        PAIRS.add(2 * left + (left.equals(right) ? 0 : 1));
                    }
                })
                .returns(Types.LONG)
                .addSink(new SinkFunction<Long>() {});
        requireFailuresAndSuccess(env, "IntervalJoinOperator");
        // each record with itself, and with the one before in its block
        assertThat(PAIRS).hasSize((int) (2 * RECORDS - RECORDS / BLOCK * KEYS));
    }
}
