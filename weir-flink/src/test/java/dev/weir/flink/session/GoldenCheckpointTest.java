package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.SubtaskMetrics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints that an earlier Weir has written, in the test resources {@code checkpoints}, open in this one: incremental ones with
 * keyed state of several kinds, timers, windows, operator state, splits and records in flight. {@code -Dweir.regenerate} takes
 * them anew; a change of the format adds files and leaves the old ones.
 */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class GoldenCheckpointTest {
    private static final long RECORDS = 6000;
    private static final int KEYS = 60;
    private static final Map<Long, String> AT_THE_END = new ConcurrentHashMap<>();
    private static final Map<Long, Long> WINDOWS = new ConcurrentHashMap<>();
    private static volatile boolean slow;

    @TempDir
    Path directory;

    /** Counts in every kind of state, and tells when event time is over. */
    private static final class Kinds extends KeyedProcessFunction<Long, Long, Long> {
        private transient ValueState<Long> count;
        private transient ListState<Long> tens;
        private transient MapState<String, Long> parities;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
            tens = getRuntimeContext().getListState(new ListStateDescriptor<>("tens", Types.LONG));
            parities = getRuntimeContext().getMapState(new MapStateDescriptor<>("parities", Types.STRING, Types.LONG));
        }

        @Override
        public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
            Long before = count.value();
            count.update(before == null ? 1 : before + 1);
            if (number / KEYS % 10 == 0) {
                tens.add(number);
            }
            String parity = number / KEYS % 2 == 0 ? "even" : "odd";
            Long ofParity = parities.get(parity);
            parities.put(parity, ofParity == null ? 1 : ofParity + 1);
            context.timerService().registerEventTimeTimer(Long.MAX_VALUE - 1);
            if (slow) {
                LockSupport.parkNanos(1_000_000);
            }
            out.collect(number);
        }

        @Override
        public void onTimer(long timestamp, OnTimerContext context, Collector<Long> out) throws Exception {
            long sum = 0;
            for (long each : tens.get()) {
                sum += each;
            }
            AT_THE_END.put(
                    context.getCurrentKey(),
                    count.value() + " " + sum + " " + parities.get("even") + " " + parities.get("odd"));
        }
    }

    private static String expected(long key) {
        long sum = 0;
        for (long number = key; number < RECORDS; number += KEYS * 10) {
            sum += number;
        }
        return RECORDS / KEYS + " " + sum + " " + RECORDS / KEYS / 2 + " " + RECORDS / KEYS / 2;
    }

    /** Each record passes once; the numbers of those that have are operator state. */
    private static final class Passed extends KeyedProcessFunction<Long, Long, Long> implements CheckpointedFunction {
        private static final Map<Long, Long> SUMS = new ConcurrentHashMap<>();

        private transient ListState<Long> kept;
        private long sum;

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            kept = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("passed", Types.LONG));
            for (long part : kept.get()) {
                sum += part;
            }
        }

        @Override
        public void processElement(Long number, Context context, Collector<Long> out) {
            sum += number;
            out.collect(number);
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            kept.update(List.of(sum));
        }

        @Override
        public void close() {
            SUMS.put((long) getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(), sum);
        }
    }

    private static final class Sum implements ReduceFunction<Long> {
        @Override
        public Long reduce(Long one, Long other) {
            return one + other;
        }
    }

    private static final class Tell extends ProcessWindowFunction<Long, Long, Long, TimeWindow> {
        @Override
        public void process(Long key, Context context, Iterable<Long> sums, Collector<Long> out) {
            sums.forEach(sum -> WINDOWS.put(key, sum));
        }
    }

    private JobGraph job(String store, int parallelism) {
        StreamExecutionEnvironment env = RecoveryTest.environment(parallelism, directory);
        env.enableCheckpointing(slow ? 600_000 : 100);
        env.configure(new Configuration()
                .set(StateBackendOptions.STATE_BACKEND, store)
                .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true)
                .set(CheckpointingOptions.ENABLE_UNALIGNED, true)
                .set(ExecutionOptions.SNAPSHOT_COMPRESSION, true)
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION));
        env.setMaxParallelism(16);
        env.fromSource(
                        new NumberSequenceSource(0, RECORDS - 1),
                        WatermarkStrategy.<Long>forMonotonousTimestamps()
                                .withTimestampAssigner((number, timestamp) -> number % 1000),
                        "numbers")
                .uid("numbers")
                .keyBy(number -> number % KEYS)
                .process(new Kinds())
                .uid("kinds")
                .keyBy(number -> number % KEYS)
                .process(new Passed())
                .uid("passed")
                .map(number -> number)
                .uid("map")
                .keyBy(number -> number % KEYS)
                .window(TumblingEventTimeWindows.of(Duration.ofDays(1)))
                .reduce(new Sum(), new Tell())
                .uid("window")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env.getStreamGraph().getJobGraph();
    }

    private static Path golden(String store) {
        return Path.of("src/test/resources/checkpoints/v2-" + store + ".zip");
    }

    /** The second incremental checkpoint of a job amid its records. */
    private void regenerate(String store) throws Exception {
        slow = true;
        AT_THE_END.clear();
        // little room between the tasks, or the source would have ended
        Configuration small = new Configuration()
                .set(TaskManagerOptions.MEMORY_SEGMENT_SIZE, MemorySize.parse("4kb"))
                .set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.parse("100kb"));
        try (WeirSession session = new WeirSession(small)) {
            WeirJob job = session.submit(job(store, 2), getClass().getClassLoader());
            TimeUnit.MILLISECONDS.sleep(500);
            job.checkpoint(false).get(50, TimeUnit.SECONDS);
            TimeUnit.MILLISECONDS.sleep(300);
            String second = job.checkpoint(false).get(50, TimeUnit.SECONDS);
            assertThat(Objects.requireNonNull(job.checkpoints().orElseThrow().latestCompleted())
                            .sum(SubtaskMetrics::alignmentPersistedBytes))
                    .as("in flight")
                    .isPositive();
            assertThat(AT_THE_END).as("nothing is over").isEmpty();
            zip(Path.of(URI.create(second)).getParent(), golden(store));
            job.cancel().get(50, TimeUnit.SECONDS);
        } finally {
            slow = false;
        }
    }

    private static void zip(Path tree, Path file) throws IOException {
        Files.createDirectories(file.getParent());
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file));
                Stream<Path> files = Files.walk(tree)) {
            for (Path each : files.filter(Files::isRegularFile).sorted().toList()) {
                out.putNextEntry(new ZipEntry(tree.relativize(each).toString()));
                Files.copy(each, out);
            }
        }
    }

    /** The directory of the checkpoint in a file. */
    private Path unzipped(Path file) throws IOException {
        Path tree = directory.resolve("before");
        Path checkpoint = null;
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(file))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Path target = tree.resolve(entry.getName());
                Files.createDirectories(target.getParent());
                Files.copy(in, target);
                checkpoint = target.endsWith("_metadata") ? target.getParent() : checkpoint;
            }
        }
        return Objects.requireNonNull(checkpoint);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hashmap", "rocksdb"})
    void aCheckpointOfAnEarlierWeirOpens(String store) throws Exception {
        if (Boolean.getBoolean("weir.regenerate")) {
            regenerate(store);
        }
        AT_THE_END.clear();
        WINDOWS.clear();
        Passed.SUMS.clear();
        JobGraph graph = job(store, 3);
        graph.setSavepointRestoreSettings(
                SavepointRestoreSettings.forPath(unzipped(golden(store)).toUri().toString()));
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result =
                    session.submit(graph, getClass().getClassLoader()).result().get(60, TimeUnit.SECONDS);

            assertThat(result.failure()).isNull();
        }
        assertThat(AT_THE_END).hasSize(KEYS).allSatisfy((key, text) -> assertThat(text)
                .isEqualTo(expected(key)));
        long all = RECORDS * (RECORDS - 1) / 2;
        assertThat(WINDOWS.values().stream().mapToLong(sum -> sum).sum()).isEqualTo(all);
        assertThat(Passed.SUMS.values().stream().mapToLong(sum -> sum).sum()).isEqualTo(all);
    }
}
