package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.checkpoint.CheckpointFailureReason;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.SubtaskRow;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import dev.weir.testing.wait.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the options of checkpoints mean, seen from outside a running job. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CheckpointRulesTest {
    private static volatile CountDownLatch gate = new CountDownLatch(0);
    private static volatile CountDownLatch flowing = new CountDownLatch(1);

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        gate = new CountDownLatch(0);
        flowing = new CountDownLatch(1);
    }

    /** Lets nothing through, barriers included, while the gate is closed. */
    private static final class Gated implements MapFunction<Long, Long> {
        @Override
        public Long map(Long value) throws Exception {
            flowing.countDown();
            gate.await();
            if (value % 100 == 0) {
                LockSupport.parkNanos(100_000);
            }
            return value;
        }
    }

    private JobGraph job(Configuration options) {
        Configuration configuration = new Configuration(options);
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.toUri().toString());
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        if (!configuration.contains(CheckpointingOptions.CHECKPOINTING_INTERVAL)) {
            configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(10));
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .uid("numbers")
                .rebalance()
                .map(new Gated())
                .uid("gated")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env.getStreamGraph().getJobGraph();
    }

    private static WeirJob submit(WeirSession session, JobGraph graph) throws Exception {
        WeirJob job = session.submit(graph, CheckpointRulesTest.class.getClassLoader());
        flowing.await();
        Subtasks.awaitRunning(job);
        return job;
    }

    private static CheckpointStatistics statistics(WeirJob job) {
        return job.checkpoints().orElseThrow();
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Waits.aMoment();
        }
    }

    private static void awaitCompleted(WeirJob job, long count) {
        await(() -> statistics(job).counts().completed() >= count);
    }

    private static void close() {
        gate = new CountDownLatch(1);
    }

    /** Closes the gate and waits until as many checkpoints are before it and none has begun for many intervals. */
    private static void closeAndSettle(WeirJob job, int inProgress) {
        close();
        long total;
        do {
            await(() -> statistics(job).counts().inProgress() >= inProgress);
            total = statistics(job).counts().total();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
        } while (total != statistics(job).counts().total());
    }

    private List<String> checkpointsOnDisk() throws IOException {
        try (Stream<Path> jobs = Files.walk(directory, 2)) {
            return jobs.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith("chk-"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void severalAtOnceAndASavepointBesideThem() throws Exception {
        Configuration three = new Configuration().set(CheckpointingOptions.MAX_CONCURRENT_CHECKPOINTS, 3);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, job(three));
            closeAndSettle(job, 3);
            assertThat(statistics(job).counts().inProgress()).isEqualTo(3);
            CompletableFuture<String> savepoint =
                    job.savepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL);
            await(() -> statistics(job).counts().inProgress() == 4);
            long completed = statistics(job).counts().completed();

            gate.countDown();

            assertThat(savepoint.get(50, TimeUnit.SECONDS)).contains("savepoint-");
            awaitCompleted(job, completed + 3);
            job.cancel().get();
        }
    }

    /** Else an unaligned one would wait for what it is to overtake. */
    @Test
    void barriersAreSentIntoFullChannels() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, job(new Configuration()));
            closeAndSettle(job, 1);

            CompletableFuture<String> savepoint =
                    job.savepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL);
            await(() -> {
                Checkpoint latest = statistics(job).history().get(0);
                return latest.options().kind().isSavepoint() && latest.acknowledgedCount() == 2;
            });

            gate.countDown();
            savepoint.get();
            job.cancel().get();
        }
    }

    @Test
    void oneAtATimeUnlessTold() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, job(new Configuration()));
            closeAndSettle(job, 1);

            assertThat(statistics(job).counts().inProgress()).isEqualTo(1);

            long completed = statistics(job).counts().completed();
            gate.countDown();
            awaitCompleted(job, completed + 3);
            job.cancel().get();
        }
    }

    private static StreamExecutionEnvironment customlyPartitioned(boolean forced) {
        Configuration unaligned = new Configuration()
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(10))
                .set(CheckpointingOptions.ENABLE_UNALIGNED, true)
                .set(CheckpointingOptions.FORCE_UNALIGNED, forced);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, unaligned);
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .partitionCustom((key, channels) -> (int) (key % channels), number -> number)
                .map(new Gated())
                .sinkTo(new DiscardingSink<>());
        return env;
    }

    @Test
    void barriersOvertakeNothingBehindCustomPartitionersUnlessForced() throws Exception {
        assertThatThrownBy(() -> customlyPartitioned(false).execute())
                .rootCause()
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("custom partitioners")
                .hasMessageContaining(CheckpointingOptions.FORCE_UNALIGNED.key());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job =
                    submit(session, customlyPartitioned(true).getStreamGraph().getJobGraph());
            awaitCompleted(job, 3);
            job.cancel().get();
        }
    }

    @Test
    void whoAsksTooEarlyHearsFlinksReason() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, new Configuration());
        env.fromSequence(1, Long.MAX_VALUE / 2).map(new SlowToOpen()).sinkTo(new DiscardingSink<>());
        opening = new CountDownLatch(1);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(env.getStreamGraph(), CheckpointRulesTest.class.getClassLoader());

            assertThatThrownBy(() -> job.savepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL)
                            .get())
                    .cause()
                    .isInstanceOfSatisfying(
                            CheckpointException.class, failure -> assertThat(failure.getCheckpointFailureReason())
                                    .isEqualTo(
                                            org.apache.flink.runtime.checkpoint.CheckpointFailureReason
                                                    .NOT_ALL_REQUIRED_TASKS_RUNNING))
                    .hasMessageContaining(
                            "is not being executed at the moment. Aborting checkpoint. Failure reason: Not all");

            opening.countDown();
            job.cancel().get();
        }
    }

    private static volatile CountDownLatch opening = new CountDownLatch(0);

    private static final class SlowToOpen extends RichMapFunction<Long, Long> {
        @Override
        public void open(OpenContext context) throws Exception {
            opening.await();
        }

        @Override
        public Long map(Long value) {
            return value;
        }
    }

    @Test
    void anExpiredOneIsGivenUpWithItsFilesAndTheJobGoesOn() throws Exception {
        Configuration options = new Configuration()
                .set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMillis(500))
                .set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 1000)
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, job(options));
            close();
            await(() -> statistics(job).latestFailed() != null);
            Checkpoint expired = Objects.requireNonNull(statistics(job).latestFailed());
            assertThat(Objects.requireNonNull(expired.failure()).reason())
                    .isEqualTo(CheckpointFailureReason.CHECKPOINT_EXPIRED);

            long completed = statistics(job).counts().completed();
            gate.countDown();
            awaitCompleted(job, completed + 2);

            job.cancel().get();
            Checkpoint latest = Objects.requireNonNull(statistics(job).latestCompleted());
            assertThat(checkpointsOnDisk()).containsExactly("chk-" + latest.id());
        }
    }

    @Test
    void oneFailureTooManyFailsTheJobForTheReasonOfTheFailure() throws Exception {
        Configuration none = new Configuration().set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 0);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, job(none));
            awaitCompleted(job, 1);
            closeAndSettle(job, 1);
            Path files = directory.resolve(job.jobId().toString());
            Files.move(files, directory.resolve("elsewhere"));
            Files.writeString(files, "where directories are to be");
            gate.countDown();

            WeirJob.Result result = job.result().get(50, TimeUnit.SECONDS);

            assertThat(result.status()).isEqualTo(JobStatus.FAILED);
            assertThat(result.failure())
                    .hasStackTraceContaining("Exceeded checkpoint tolerable failure threshold")
                    .rootCause()
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(files.toString());
        }
    }

    @Test
    void whatIsKeptIsNumRetainedThenTheLatestThenNothing() throws Exception {
        Configuration options = new Configuration().set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 3);
        try (WeirSession session = new WeirSession(options)) {
            WeirJob job = submit(session, job(options));
            awaitCompleted(job, 6);
            close();
            await(() -> checkpointsKept() == 3);
            job.cancel().get();
            assertThat(checkpointsOnDisk()).isEmpty();
        }
    }

    /** Complete ones, while others come and go. */
    private long checkpointsKept() {
        try (Stream<Path> files = Files.walk(directory, 3)) {
            return files.filter(path -> path.endsWith("_metadata")).count();
        } catch (IOException | java.io.UncheckedIOException e) {
            return -1;
        }
    }

    @Test
    void aRetainedOneIsTheJobsWithClaimAndTheUsersWithout() throws Exception {
        Configuration options = new Configuration()
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        String retained;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, job(options));
            awaitCompleted(job, 2);
            job.cancel().get();
            retained = Objects.requireNonNull(statistics(job).latestCompleted()).location();
        }
        Path files = Path.of(java.net.URI.create(Objects.requireNonNull(retained)));
        for (RecoveryClaimMode mode : List.of(RecoveryClaimMode.NO_CLAIM, RecoveryClaimMode.CLAIM)) {
            flowing = new CountDownLatch(1);
            JobGraph next = job(new Configuration());
            next.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(retained, false, mode));
            try (WeirSession session = new WeirSession(new Configuration())) {
                WeirJob job = submit(session, next);
                assertThat(statistics(job).counts().restored()).isEqualTo(1);
                awaitCompleted(job, 2);
                job.cancel().get();
            }
            if (mode == RecoveryClaimMode.NO_CLAIM) {
                assertThat(files).isDirectory();
            } else {
                assertThat(files).doesNotExist();
            }
        }
    }

    @Test
    void thePartsOfAnAlignedOneAreNoLongerThanTheWhole() throws Exception {
        Configuration all = new Configuration().set(WebOptions.CHECKPOINTS_HISTORY_SIZE, 1000);
        try (WeirSession session = new WeirSession(all)) {
            WeirJob job = submit(session, job(new Configuration()));
            awaitCompleted(job, 5);
            closeAndSettle(job, 1);
            gate.countDown();
            awaitCompleted(job, statistics(job).counts().completed() + 2);
            job.cancel().get();

            List<Checkpoint> completed = statistics(job).history().stream()
                    .filter(checkpoint -> checkpoint.status() == CheckpointStatistics.Status.COMPLETED)
                    .toList();
            assertThat(completed).hasSizeGreaterThanOrEqualTo(5);
            for (Checkpoint checkpoint : completed) {
                assertThat(checkpoint.acknowledgedCount()).isEqualTo(checkpoint.subtaskCount());
                assertThat(checkpoint.sum(SubtaskMetrics::checkpointedBytes)).isPositive();
                checkpoint.vertices().stream()
                        .flatMap(vertex -> vertex.subtasks().stream())
                        .forEach(CheckpointRulesTest::checkParts);
            }
            assertThat(completed.stream()
                            .flatMap(checkpoint -> checkpoint.vertices().get(1).subtasks().stream())
                            .mapToLong(SubtaskRow::startDelayMillis)
                            .max()
                            .orElseThrow())
                    .as("the barrier waited before the closed gate")
                    .isGreaterThanOrEqualTo(150);
        }
    }

    private static void checkParts(SubtaskRow row) {
        assertThat(row.unattributedMillis()).as(row.toString()).isGreaterThanOrEqualTo(-1);
        assertThat(row.triggerToSyncMillis()).isEqualTo(row.endToEndMillis() - row.syncMillis() - row.asyncMillis());
        assertThat(row.startDelayMillis() + row.alignmentMillis() + row.syncMillis() + row.asyncMillis())
                .as(row.toString())
                .isLessThanOrEqualTo(row.endToEndMillis() + 1);
    }
}
