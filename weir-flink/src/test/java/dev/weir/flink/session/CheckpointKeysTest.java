package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import dev.weir.testing.wait.Waits;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys of checkpoints and of what a job begins with, each changed and its effect seen in a running job. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CheckpointKeysTest {
    private static final String PREFIX = "execution.checkpointing.";

    /** Static as functions are serialized; renewed for each job. */
    private static volatile CountDownLatch gate = new CountDownLatch(0);

    private static volatile CountDownLatch waiting = new CountDownLatch(1);
    private static volatile CountDownLatch overtaken = new CountDownLatch(1);

    /** The last number of the first subtask that is in its snapshot. */
    private static volatile long inSnapshot;

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        gate = new CountDownLatch(0);
        waiting = new CountDownLatch(1);
        overtaken = new CountDownLatch(1);
        inSnapshot = Long.MAX_VALUE;
    }

    private StreamExecutionEnvironment environment(int parallelism, String... keysAndValues) {
        Configuration configuration = new Configuration();
        configuration.setString(PREFIX + "dir", directory.toUri().toString());
        configuration.setString(PREFIX + "interval", "1 h");
        configuration.setString("restart-strategy.type", "none");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            configuration.setString(keysAndValues[i], keysAndValues[i + 1]);
        }
        return StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
    }

    private static WeirJob submit(WeirSession session, StreamExecutionEnvironment env) throws Exception {
        return session.submit(env.getStreamGraph(), CheckpointKeysTest.class.getClassLoader());
    }

    private static WeirJob running(WeirSession session, StreamExecutionEnvironment env) throws Exception {
        WeirJob job = submit(session, env);
        Subtasks.awaitRunning(job);
        return job;
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Waits.aMoment();
        }
    }

    private static CheckpointStatistics statistics(WeirJob job) {
        return job.checkpoints().orElseThrow();
    }

    private static List<Checkpoint> completed(WeirJob job) {
        return statistics(job).history().stream()
                .filter(checkpoint -> checkpoint.status() == CheckpointStatistics.Status.COMPLETED)
                .toList();
    }

    @Test
    void betweenCheckpointsIsThePauseThatIsConfigured() throws Exception {
        StreamExecutionEnvironment env = environment(1, PREFIX + "interval", "10 ms", PREFIX + "min-pause", "300 ms");
        env.fromSequence(1, Long.MAX_VALUE / 2).map(new Slow()).sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, env);
            await(() -> completed(job).size() >= 3);
            job.cancel().get();

            List<Checkpoint> newestFirst = completed(job);
            for (int i = 1; i < newestFirst.size(); i++) {
                assertThat(newestFirst.get(i - 1).triggerMillis()
                                - newestFirst.get(i).endMillis())
                        .isGreaterThanOrEqualTo(299);
            }
        }
    }

    /** The second subtask waits at the gate, with the barrier behind it; the first goes on. */
    private static final class Uneven extends RichMapFunction<Long, Long> implements CheckpointedFunction {
        private long last;

        private boolean isFirst() {
            return getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0;
        }

        @Override
        public Long map(Long value) throws Exception {
            if (!isFirst()) {
                waiting.countDown();
                gate.await();
                return -1L;
            }
            last = value;
            LockSupport.parkNanos(10_000);
            return value;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {
            if (isFirst()) {
                inSnapshot = last;
            }
        }

        @Override
        public void initializeState(FunctionInitializationContext context) {}
    }

    /** Sees whether a record comes through before the barriers of all channels are there. */
    private static final class Behind implements MapFunction<Long, Long> {
        @Override
        public Long map(Long value) {
            if (value > inSnapshot) {
                overtaken.countDown();
            }
            return value;
        }
    }

    @ParameterizedTest
    @CsvSource({"AT_LEAST_ONCE, true", "EXACTLY_ONCE, false"})
    void recordsPassBeforeAllBarriersAsConfigured(String mode, boolean pass) throws Exception {
        gate = new CountDownLatch(1);
        StreamExecutionEnvironment env = environment(2, PREFIX + "mode", mode);
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .map(new Uneven())
                .rebalance()
                .map(new Behind())
                .setParallelism(1)
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = running(session, env);
            waiting.await();
            CompletableFuture<String> checkpoint = job.checkpoint(true);

            assertThat(overtaken.await(pass ? 50_000 : 500, TimeUnit.MILLISECONDS))
                    .isEqualTo(pass);

            gate.countDown();
            checkpoint.get();
            job.cancel().get();
        }
    }

    /** So slow that the channels before it are full. */
    private static final class Slow implements MapFunction<Long, Long> {
        @Override
        public Long map(Long value) {
            if (value % 20 == 0) {
                LockSupport.parkNanos(200_000);
            }
            return value;
        }
    }

    @ParameterizedTest
    @CsvSource({"0 ms, true", "1 h, false"})
    void barriersOvertakeRecordsWhenTheyHaveWaitedAsConfigured(String timeout, boolean overtake) throws Exception {
        StreamExecutionEnvironment env = environment(
                1,
                PREFIX + "interval",
                "10 ms",
                PREFIX + "unaligned.enabled",
                "true",
                PREFIX + "aligned-checkpoint-timeout",
                timeout);
        env.fromSequence(1, Long.MAX_VALUE / 2).rebalance().map(new Slow()).sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, env);
            await(() -> completed(job).size() >= 3 && (!overtake || persisted(job) > 0));
            assertThat(persisted(job) > 0).isEqualTo(overtake);
            job.cancel().get();
        }
    }

    private static long persisted(WeirJob job) {
        return completed(job).stream()
                .mapToLong(checkpoint -> checkpoint.sum(SubtaskMetrics::alignmentPersistedBytes))
                .sum();
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void checkpointsGoOnAfterTasksHaveFinishedAsConfigured(boolean goOn) throws Exception {
        StreamExecutionEnvironment env = environment(
                1, PREFIX + "interval", "10 ms", PREFIX + "checkpoints-after-tasks-finish", Boolean.toString(goOn));
        env.fromSequence(1, 1).sinkTo(new DiscardingSink<>());
        env.fromSequence(1, Long.MAX_VALUE / 2).map(new Slow()).sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, env);
            await(() -> job.subtasks().stream()
                    .map(WeirJob.SubtaskView::state)
                    .collect(Collectors.toSet())
                    .equals(Set.of(ExecutionState.FINISHED, ExecutionState.RUNNING)));
            if (goOn) {
                assertThat(job.checkpoint(true).get()).contains("chk-");
            } else {
                assertThatThrownBy(() -> job.checkpoint(true).get())
                        .hasMessageContaining("Some tasks of the job have already finished");
            }
            job.cancel().get();
        }
    }

    @ParameterizedTest
    @CsvSource({"CLAIM, false", "NO_CLAIM, true"})
    void whatAJobBeginsWithIsItsOwnAsConfigured(String claim, boolean left) throws Exception {
        String[] retained = {PREFIX + "externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION"};
        String from;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = running(session, endless(retained));
            from = job.checkpoint(true).get();
            job.cancel().get();
        }
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = running(
                    session,
                    endless("execution.state-recovery.path", from, "execution.state-recovery.claim-mode", claim));
            assertThat(Objects.requireNonNull(statistics(job).restored()).location())
                    .isEqualTo(from);
            job.checkpoint(true).get();
            job.cancel().get();
        }
        assertThat(Path.of(URI.create(from)).toFile().exists()).isEqualTo(left);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void checkpointsAreInADirectoryOfTheJobAsConfigured(boolean ofJob) throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = running(session, endless(PREFIX + "create-subdir", Boolean.toString(ofJob)));
            Path checkpoint = Path.of(URI.create(job.checkpoint(true).get()));
            job.cancel().get();

            Path parent = ofJob ? directory.resolve(job.jobId().toString()) : directory;
            assertThat(checkpoint.getParent()).isEqualTo(parent);
        }
    }

    @Test
    void savepointsAreWhereTheConfigurationSays() throws Exception {
        Path saved = directory.resolve("mine");
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = running(
                    session, endless(PREFIX + "savepoint-dir", saved.toUri().toString()));
            String savepoint =
                    job.savepoint(null, SavepointFormatType.CANONICAL).get();
            job.cancel().get();

            assertThat(Path.of(URI.create(savepoint)).getParent()).isEqualTo(saved);
        }
    }

    private StreamExecutionEnvironment endless(String... keysAndValues) {
        StreamExecutionEnvironment env = environment(1, keysAndValues);
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .uid("numbers")
                .map(new Slow())
                .uid("slow")
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env;
    }
}
