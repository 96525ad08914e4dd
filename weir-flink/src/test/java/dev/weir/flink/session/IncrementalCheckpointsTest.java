package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import dev.weir.flink.checkpoint.CheckpointLoader;
import dev.weir.flink.checkpoint.StoredCheckpoint;
import dev.weir.flink.state.TieredOptions;
import dev.weir.testing.wait.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Incremental checkpoints of all stores in running jobs: what they leave on the disk, and what jobs go back to. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class IncrementalCheckpointsTest {
    private static final int KEYS = 20_000;
    private static final long RECORDS = 300_000;
    private static final Map<Long, Long> COUNTS = new ConcurrentHashMap<>();

    /** Whether the job lasts until it is told to end. */
    private static volatile boolean slow;

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        COUNTS.clear();
        slow = false;
        RecoveryTest.FAILURES.set(0);
    }

    /** Most records are of few keys. */
    private static long key(long number) {
        return number < KEYS ? number : number % 100;
    }

    private static final class Count extends RichMapFunction<Long, Long> {
        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public Long map(Long number) throws Exception {
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            if (slow && number > KEYS && number % 10 == 0) {
                LockSupport.parkNanos(1_000_000);
            }
            COUNTS.put(key(number), now);
            return now;
        }
    }

    private JobGraph job(String store, boolean unaligned, int parallelism) {
        StreamExecutionEnvironment env = RecoveryTest.environment(parallelism, directory);
        env.configure(new Configuration()
                .set(StateBackendOptions.STATE_BACKEND, store)
                // of the tiered store, some of the key groups
                .set(TieredOptions.FRACTION, 0.001)
                .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true)
                .set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.ZERO)
                .set(CheckpointingOptions.MAX_CONCURRENT_CHECKPOINTS, unaligned ? 1 : 3)
                .set(CheckpointingOptions.ENABLE_UNALIGNED, unaligned)
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION));
        env.setMaxParallelism(16);
        env.fromSequence(0, RECORDS - 1)
                .uid("numbers")
                .map(new RecoveryTest.FailAfterCheckpoint())
                .uid("failing")
                .keyBy(IncrementalCheckpointsTest::key)
                .map(new Count())
                .uid("count")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env.getStreamGraph().getJobGraph();
    }

    /** The latest checkpoint of a job that has taken some, and is cancelled. */
    private static StoredCheckpoint cancelledAfterCheckpoints(JobGraph graph) throws Exception {
        ClassLoader loader = IncrementalCheckpointsTest.class.getClassLoader();
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(graph, loader);
            while (job.checkpoints().orElseThrow().counts().completed() < 15
                    && !job.result().isDone()) {
                Waits.aMoment();
            }
            job.cancel().get(50, TimeUnit.SECONDS);
            assertThat(job.checkpoints().orElseThrow().history())
                    .as("of checkpoints in which few keys had changed, little was written")
                    .anyMatch(checkpoint -> 2 * checkpoint.sum(SubtaskMetrics::checkpointedBytes)
                            < checkpoint.sum(SubtaskMetrics::fullBytes));
            Checkpoint latest =
                    Objects.requireNonNull(job.checkpoints().orElseThrow().latestCompleted());
            return CheckpointLoader.load(Objects.requireNonNull(latest.location()), loader);
        }
    }

    private static Set<String> filesOf(StoredCheckpoint checkpoint) {
        return checkpoint.files().stream().map(file -> file.path().getName()).collect(Collectors.toSet());
    }

    private Set<String> filesOnDisk() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("_metadata"))
                    .collect(Collectors.toSet());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hashmap", "rocksdb", "tiered"})
    void whatIsLeftIsWhatTheLatestNeedsAndJobsAtOtherParallelismsGoOnFromIt(String store) throws Exception {
        ClassLoader loader = getClass().getClassLoader();
        slow = true;
        StoredCheckpoint latest = cancelledAfterCheckpoints(job(store, false, 1));
        assertThat(filesOnDisk()).isEqualTo(filesOf(latest));

        JobGraph claiming = job(store, false, 3);
        claiming.setSavepointRestoreSettings(
                SavepointRestoreSettings.forPath(latest.pointer(), false, RecoveryClaimMode.CLAIM));
        latest = cancelledAfterCheckpoints(claiming);
        assertThat(filesOnDisk()).isEqualTo(filesOf(latest));

        slow = false;
        JobGraph last = job(store, false, 2);
        last.setSavepointRestoreSettings(
                SavepointRestoreSettings.forPath(latest.pointer(), false, RecoveryClaimMode.NO_CLAIM));
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = session.submit(last, loader).result().get(80, TimeUnit.SECONDS);

            assertThat(result.failure()).isNull();
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        }
        // what is not claimed is as it was
        CheckpointLoader.verify(latest, true);
        assertThat(filesOnDisk()).isEqualTo(filesOf(latest));
        for (long key = 0; key < 100; key++) {
            assertThat(COUNTS).containsEntry(key, 1 + (RECORDS - KEYS) / 100);
        }
    }

    /** Endless, with checkpoints when they are asked for, which may need files of the job before. */
    private StreamExecutionEnvironment endless(int parallelism, String... keysAndValues) {
        Configuration configuration = new Configuration()
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofHours(1))
                .set(CheckpointingOptions.CREATE_CHECKPOINT_SUB_DIR, false)
                .set(StateBackendOptions.STATE_BACKEND, "rocksdb")
                .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true)
                .set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.ZERO)
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            configuration.setString(keysAndValues[i], keysAndValues[i + 1]);
        }
        StreamExecutionEnvironment env = RecoveryTest.environment(parallelism, directory);
        env.configure(configuration);
        env.setMaxParallelism(16);
        env.fromSequence(0, Long.MAX_VALUE / 2)
                .uid("numbers")
                .keyBy(IncrementalCheckpointsTest::key)
                .map(new Count())
                .uid("count")
                .name("count")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env;
    }

    /** Retained by a job at some parallelism when all keys have had a record. */
    private String retained(int parallelism) throws Exception {
        slow = true;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(
                    endless(parallelism).getStreamGraph(), getClass().getClassLoader());
            while (COUNTS.size() < KEYS) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            Subtasks.awaitRunning(job);
            String retained = job.checkpoint(false).get();
            job.cancel().get();
            return retained;
        }
    }

    /** By subtask, of a checkpoint that is taken now. */
    private static List<SubtaskMetrics> checkpointOfCounts(WeirJob job) throws Exception {
        job.checkpoint(false).get();
        return Objects.requireNonNull(job.checkpoints().orElseThrow().latestCompleted()).vertices().stream()
                .filter(vertex -> vertex.name().startsWith("count"))
                .findFirst()
                .orElseThrow()
                .subtasks()
                .stream()
                .map(subtask -> subtask.metrics())
                .toList();
    }

    /**
     * A subtask in the middle has two or three of eight key groups of either database. Only one that was begun with has files
     * that the next checkpoint need not write; files of several are others in the database that they become part of.
     */
    @ParameterizedTest
    @CsvSource({"0, false, true", "1, false, false", "0, true, false"})
    void aSubtaskBeginsWithADatabaseOfWhichItHasAsMuchAsConfigured(String least, String ingests, boolean begins)
            throws Exception {
        String from = retained(2);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(
                    endless(
                                    3,
                                    "execution.state-recovery.path",
                                    from,
                                    "execution.state-recovery.claim-mode",
                                    "CLAIM",
                                    "state.backend.rocksdb.use-ingest-db-restore-mode",
                                    ingests,
                                    "state.backend.rocksdb.restore-overlap-fraction-threshold",
                                    least)
                            .getStreamGraph(),
                    getClass().getClassLoader());
            Subtasks.awaitRunning(job);
            SubtaskMetrics metrics = checkpointOfCounts(job).get(1);
            job.cancel().get();
            assertThat(metrics.checkpointedBytes() < metrics.fullBytes()).isEqualTo(begins);
        }
    }

    /** Each of two subtasks begins with all of one database, of which it has a half. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsOfOthersLeavesTheFilesWhereConfigured(boolean compacts) throws Exception {
        String from = retained(1);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(
                    endless(
                                    2,
                                    "execution.state-recovery.path",
                                    from,
                                    "state.backend.rocksdb.incremental-restore-async-compact-after-rescale",
                                    Boolean.toString(compacts))
                            .getStreamGraph(),
                    getClass().getClassLoader());
            Subtasks.awaitRunning(job);
            List<SubtaskMetrics> first = checkpointOfCounts(job);
            long files = Files.size(largestFile());
            while (compacts && first.stream().anyMatch(subtask -> subtask.fullBytes() > files * 3 / 4)) {
                Waits.aMoment();
                first = checkpointOfCounts(job);
            }
            job.cancel().get();
            assertThat(first).allMatch(subtask -> (subtask.fullBytes() < files) == compacts);
        }
    }

    private Path largestFile() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hashmap", "rocksdb", "tiered"})
    void aJobThatFailsGoesBackToChainsAndLeavesNothing(String store) throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(job(store, true, 2), getClass().getClassLoader());
            WeirJob.Result result = job.result().get(80, TimeUnit.SECONDS);

            assertThat(result.failure()).isNull();
            assertThat(RecoveryTest.FAILURES.get()).isPositive();
        }
        assertThat(COUNTS).hasSize(KEYS);
        for (long key = 0; key < KEYS; key++) {
            assertThat(COUNTS).containsEntry(key, key < 100 ? 1 + (RECORDS - KEYS) / 100 : 1);
        }
        assertThat(filesOnDisk()).isEmpty();
    }
}
