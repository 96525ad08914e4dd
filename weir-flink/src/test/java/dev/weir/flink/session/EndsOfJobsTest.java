package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.jobstore.JobRecord;
import dev.weir.engine.jobstore.JobStore;
import dev.weir.engine.jobstore.RecordedCheckpoints;
import dev.weir.testing.wait.Waits;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceEnumerator;
import org.apache.flink.api.java.typeutils.ValueTypeInfo;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.scheduler.stopwithsavepoint.StopWithSavepointStoppingException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.types.Value;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that are stopped, suspended or go on at an awkward moment. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class EndsOfJobsTest {
    private static final AtomicInteger RESTORES = new AtomicInteger();
    private static final List<JobRecord> SEEN = new CopyOnWriteArrayList<>();
    private static volatile boolean failing;
    private static volatile CountDownLatch flowing = new CountDownLatch(1);

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        RESTORES.set(0);
        SEEN.clear();
        failing = false;
        flowing = new CountDownLatch(1);
    }

    private StreamExecutionEnvironment environment() {
        Configuration configuration = new Configuration();
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.toUri().toString());
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 10);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.enableCheckpointing(600_000);
        return env;
    }

    private static JobGraph slow(StreamExecutionEnvironment env, String uid) {
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .uid("numbers")
                .map(new Slow())
                .uid(uid)
                .sinkTo(new DiscardingSink<>())
                .uid("sink");
        return env.getStreamGraph().getJobGraph();
    }

    /** Takes its time; fails once, when told to, as a checkpoint completes. */
    private static final class Slow extends RichMapFunction<Long, Long> implements CheckpointListener {
        @Override
        public Long map(Long value) {
            flowing.countDown();
            if (value % 100 == 0) {
                LockSupport.parkNanos(1_000_000);
            }
            return value;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            if (failing) {
                failing = false;
                throw new IllegalStateException("told to fail");
            }
        }
    }

    /** State that takes its time to be written, whoever interrupts. */
    public static final class Heavy implements Value {
        private static volatile CountDownLatch entered = new CountDownLatch(1);
        private static volatile boolean left;

        @Override
        public void write(DataOutputView out) {
            left = false;
            entered.countDown();
            Waits.stubbornly(500);
            left = true;
        }

        @Override
        public void read(DataInputView in) {}
    }

    private static final class Remembering extends RichMapFunction<Long, Long> {
        private transient ValueState<Heavy> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("heavy", new ValueTypeInfo<>(Heavy.class)));
        }

        @Override
        public Long map(Long value) throws Exception {
            if (state.value() == null) {
                state.update(new Heavy());
            }
            flowing.countDown();
            return value;
        }
    }

    @Test
    void aJobIsNotOverWhileAnythingIsWrittenForItsCheckpoints() throws Exception {
        StreamExecutionEnvironment env = environment();
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .map(new Slow())
                .keyBy(number -> 0)
                .map(new Remembering())
                .sinkTo(new DiscardingSink<>());
        Heavy.entered = new CountDownLatch(1);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(env.getStreamGraph(), getClass().getClassLoader());
            flowing.await();
            Subtasks.awaitRunning(job);
            CompletableFuture<String> unfinished = job.checkpoint(false);
            Heavy.entered.await();

            job.cancel().get(50, TimeUnit.SECONDS);

            assertThat(Heavy.left).isTrue();
            assertThat(unfinished).isCompletedExceptionally();
        }
    }

    @Test
    void aFailureAfterTheSavepointThatStopsAJobEndsIt() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(slow(environment(), "slow"), EndsOfJobsTest.class.getClassLoader());
            flowing.await();
            Subtasks.awaitRunning(job);
            failing = true;

            CompletableFuture<String> stopped =
                    job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL);

            assertThatThrownBy(() -> stopped.get(50, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(StopWithSavepointStoppingException.class);
            WeirJob.Result result = job.result().get(50, TimeUnit.SECONDS);
            assertThat(result.status()).isEqualTo(JobStatus.FAILED);
            // the failure itself, or that of the attempt that it began before the savepoint was known to be complete
            assertThat(result.failure()).hasStackTraceContaining("failed during stopping");
        }
    }

    /** Its enumerator fails when it is to take splits back, at the first failure of a subtask. */
    private static final class Flaky extends NumberSequenceSource {
        Flaky() {
            super(1, 50_000);
        }

        @Override
        public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> createEnumerator(
                SplitEnumeratorContext<NumberSequenceSplit> context) {
            return new IteratorSourceEnumerator<>(context, splitNumberRange(1, 50_000, context.currentParallelism())) {
                @Override
                public void addSplitsBack(List<NumberSequenceSplit> splits, int subtask) {
                    RESTORES.incrementAndGet();
                    throw new IllegalStateException("not yet");
                }
            };
        }

        @Override
        public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> restoreEnumerator(
                SplitEnumeratorContext<NumberSequenceSplit> context, Collection<NumberSequenceSplit> checkpoint) {
            RESTORES.incrementAndGet();
            return super.restoreEnumerator(context, checkpoint);
        }
    }

    @Test
    void aRestoreThatFailsIsOneMoreFailureAndNotTheEnd() throws Exception {
        StreamExecutionEnvironment env = environment();
        env.enableCheckpointing(20);
        env.fromSource(new Flaky(), WatermarkStrategy.noWatermarks(), "flaky")
                .map(new Slow())
                .sinkTo(new DiscardingSink<>());
        failing = true;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = session.submit(
                            env.getStreamGraph().getJobGraph(), EndsOfJobsTest.class.getClassLoader())
                    .result()
                    .get(50, TimeUnit.SECONDS);

            assertThat(result.failure()).isNull();
            assertThat(RESTORES).hasValueGreaterThan(1);
        }
    }

    private JobStore suspendedJob(String uid) throws Exception {
        return suspendedJob(slow(environment(), uid));
    }

    private JobStore suspendedJob(JobGraph graph) throws Exception {
        JobStore store = JobStore.open(directory.resolve("data"), "job");
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(withId(graph, store), EndsOfJobsTest.class.getClassLoader(), store);
            flowing.await();
            Subtasks.awaitRunning(job);
            job.checkpoint(true).get(50, TimeUnit.SECONDS);
            job.suspend().get(50, TimeUnit.SECONDS);
            assertThat(job.status()).isEqualTo(JobStatus.SUSPENDED);
        }
        return JobStore.open(directory.resolve("data"), "job");
    }

    private static JobGraph withId(JobGraph graph, JobStore store) {
        graph.setJobID(JobID.fromHexString(store.record().jobId()));
        return graph;
    }

    private static JobGraph otherSource(StreamExecutionEnvironment env) {
        env.configure(new Configuration().set(PipelineOptions.NAME, "another program"));
        env.fromSequence(1, 10).uid("others").sinkTo(new DiscardingSink<>()).uid("sink");
        return env.getStreamGraph().getJobGraph();
    }

    @Test
    void aProgramThatHasLostAnOperatorDoesNotGoOnWithoutItsState() throws Exception {
        JobStore store = suspendedJob("slow");
        List<String> checkpoints = store.record().checkpoints();
        try (WeirSession session = new WeirSession(new Configuration())) {
            StreamExecutionEnvironment env = environment();
            JobGraph graph = withId(otherSource(env), store);

            assertThatThrownBy(() -> session.submit(graph, EndsOfJobsTest.class.getClassLoader(), store))
                    .hasStackTraceContaining("--allowNonRestoredState");
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().contains("another program")) {
                thread.join(50_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
        assertThat(JobStore.peek(directory.resolve("data"), "job").checkpoints())
                .isEqualTo(checkpoints);
    }

    @Test
    void itDoesWhereThatWasAskedFor() throws Exception {
        JobStore store = suspendedJob("slow");
        Configuration configuration = new Configuration();
        configuration.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, true);
        try (WeirSession session = new WeirSession(configuration)) {
            WeirJob.Result result = session.submit(
                            withId(otherSource(environment()), store), EndsOfJobsTest.class.getClassLoader(), store)
                    .result()
                    .get(50, TimeUnit.SECONDS);
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        }
        JobRecord ended = JobStore.peek(directory.resolve("data"), "job");
        assertThat(ended.phase()).isEqualTo(JobRecord.Phase.ENDED);
    }

    /** Takes a picture of the job's record before anything of a checkpoint is published. */
    private static final class Witness extends RichMapFunction<Long, Long> implements CheckpointListener {
        private final String data;

        Witness(Path data) {
            this.data = data.toString();
        }

        @Override
        public Long map(Long value) {
            return value;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) throws IOException {
            SEEN.add(Objects.requireNonNull(JobStore.peek(Path.of(data), "job")));
        }
    }

    @Test
    void aProcessThatDiesWhileASavepointThatStopsTheJobIsPublishedLeavesAJobThatHasEnded() throws Exception {
        JobStore store = JobStore.open(directory.resolve("data"), "job");
        StreamExecutionEnvironment env = environment();
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .map(new Slow())
                .map(new Witness(directory.resolve("data")))
                .sinkTo(new DiscardingSink<>());
        String savepoint;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(
                    withId(env.getStreamGraph().getJobGraph(), store), EndsOfJobsTest.class.getClassLoader(), store);
            flowing.await();
            Subtasks.awaitRunning(job);
            job.checkpoint(true).get(50, TimeUnit.SECONDS);
            savepoint = job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
                    .get(50, TimeUnit.SECONDS);
        }

        JobRecord atTheEnd = SEEN.get(SEEN.size() - 1);
        assertThat(SEEN.get(0).resumable()).isTrue();
        assertThat(atTheEnd.resumable()).isFalse();
        assertThat(atTheEnd.stoppedWith()).isEqualTo(savepoint);
        assertThat(atTheEnd.checkpoints())
                .as("to be deleted by the next process")
                .hasSize(1);
        assertThat(JobStore.peek(directory.resolve("data"), "job").checkpoints())
                .as("deleted by this one")
                .isEmpty();
    }

    @Test
    void whatAJobThatHasEndedDidNotGetToDeleteIsDeletedByTheNext() throws Exception {
        JobStore store = suspendedJob("slow");
        Path checkpoint = Path.of(URI.create(store.record().checkpoints().get(0)));
        assertThat(checkpoint).isDirectory();
        store.ended(false);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(
                    withId(slow(environment(), "slow"), store), getClass().getClassLoader(), store);

            assertThat(checkpoint).doesNotExist();
            assertThat(store.record().checkpoints()).isEmpty();
            job.cancel().get(50, TimeUnit.SECONDS);
        }
    }

    @Test
    void aCheckpointThatNobodyWasToldOfIsDeletedByTheNextProcess() throws Exception {
        JobStore store = suspendedJob(slow(inTheJobsDirectory(), "slow"));
        Path untold = Path.of(URI.create(store.record().checkpoints().get(0)));
        assertThat(untold).isDirectory();
        // as a kill leaves it between the metadata and the record
        store.checkpoints(List.of());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(
                    withId(slow(inTheJobsDirectory(), "slow"), store),
                    getClass().getClassLoader(),
                    store);

            assertThat(untold).doesNotExist();
            job.cancel().get(50, TimeUnit.SECONDS);
        }
    }

    private static StreamExecutionEnvironment inTheJobsDirectory() {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, new Configuration());
        env.enableCheckpointing(600_000);
        return env;
    }

    /** Numbers say nothing of whose it is where two data directories share one of checkpoints. */
    @Test
    void aCheckpointOfTheSameJobInAnotherDataDirectoryStays() throws Exception {
        JobStore ours = JobStore.open(directory.resolve("ours"), "job");
        for (int i = 0; i < 10; i++) {
            ours.nextCheckpointId();
        }
        JobStore others = suspendedJob("slow");
        Path theirs = Path.of(URI.create(others.record().checkpoints().get(0)));
        others.close();
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(
                    withId(slow(environment(), "slow"), ours), getClass().getClassLoader(), ours);

            assertThat(theirs).isDirectory();
            job.cancel().get(50, TimeUnit.SECONDS);
        }
    }

    @Test
    void aCheckpointThatIsTheUsersStaysAndItsNumberIsNotGivenAgain() throws Exception {
        JobStore store = suspendedJob("slow");
        Path kept = Path.of(URI.create(store.record().checkpoints().get(0)));
        store.close();
        // another data directory, the same directory of checkpoints, and two processes that die early
        for (int process = 0; process < 3; process++) {
            JobStore other = JobStore.open(directory.resolve("other data"), "job");
            try (WeirSession session = new WeirSession(new Configuration())) {
                WeirJob job = session.submit(
                        withId(slow(environment(), "slow"), other), getClass().getClassLoader(), other);
                assertThat(kept).isDirectory();
                flowing.await();
                Subtasks.awaitRunning(job);
                String pointer = job.checkpoint(true).get(50, TimeUnit.SECONDS);
                assertThat(Path.of(URI.create(pointer))).isNotEqualTo(kept);
                job.suspend().get(50, TimeUnit.SECONDS);
            }
            JobStore died = JobStore.open(directory.resolve("other data"), "job");
            died.checkpoints(List.of());
            died.close();
        }
    }

    @Test
    void whatAProcessThatDiedDidNotGetToDeleteIsDeletedByTheNext() throws Exception {
        JobStore store = JobStore.open(directory.resolve("data"), "job");
        Configuration twoRetained = new Configuration().set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 2);
        List<String> latestFirst = new ArrayList<>();
        try (WeirSession session = new WeirSession(twoRetained)) {
            WeirJob job = session.submit(
                    withId(slow(environment(), "slow"), store), getClass().getClassLoader(), store);
            flowing.await();
            Subtasks.awaitRunning(job);
            latestFirst.add(0, job.checkpoint(true).get(50, TimeUnit.SECONDS));
            latestFirst.add(0, job.checkpoint(true).get(50, TimeUnit.SECONDS));
            job.suspend().get(50, TimeUnit.SECONDS);
        }
        // as a kill leaves it between the record and the files
        JobStore next = JobStore.open(directory.resolve("data"), "job");
        new RecordedCheckpoints(next).drop(latestFirst.get(1));
        assertThat(next.record().dropped()).containsExactly(latestFirst.get(1));
        try (WeirSession session = new WeirSession(twoRetained)) {
            WeirJob job = session.submit(
                    withId(slow(environment(), "slow"), next), getClass().getClassLoader(), next);

            assertThat(Path.of(URI.create(latestFirst.get(0)))).isDirectory();
            assertThat(Path.of(URI.create(latestFirst.get(1)))).doesNotExist();
            assertThat(next.record().dropped()).isEmpty();
            job.cancel().get(50, TimeUnit.SECONDS);
        }
    }

    @Test
    void aJobThatGoesOnKnowsAllItsCheckpointsAndForgetsTheDamaged() throws Exception {
        JobStore store = JobStore.open(directory.resolve("data"), "job");
        Configuration threeRetained = new Configuration().set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 3);
        List<String> latestFirst = new ArrayList<>();
        try (WeirSession session = new WeirSession(threeRetained)) {
            WeirJob job = session.submit(
                    withId(slow(environment(), "slow"), store), getClass().getClassLoader(), store);
            flowing.await();
            Subtasks.awaitRunning(job);
            for (int i = 0; i < 3; i++) {
                latestFirst.add(0, job.checkpoint(true).get(50, TimeUnit.SECONDS));
            }
            job.suspend().get(50, TimeUnit.SECONDS);
        }
        Path damaged = Path.of(URI.create(latestFirst.get(0)));
        Files.writeString(damaged.resolve("_metadata"), "damaged");
        flowing = new CountDownLatch(1);
        JobStore next = JobStore.open(directory.resolve("data"), "job");
        try (WeirSession session = new WeirSession(threeRetained)) {
            WeirJob job = session.submit(
                    withId(slow(environment(), "slow"), next), getClass().getClassLoader(), next);
            assertThat(next.record().checkpoints()).isEqualTo(latestFirst.subList(1, 3));
            flowing.await();
            Subtasks.awaitRunning(job);

            String newest = job.checkpoint(true).get(50, TimeUnit.SECONDS);
            job.checkpoint(true).get(50, TimeUnit.SECONDS);
            job.suspend().get(50, TimeUnit.SECONDS);

            assertThat(next.record().checkpoints()).hasSize(3).contains(newest, latestFirst.get(1));
            assertThat(Path.of(URI.create(latestFirst.get(2)))).as("subsumed").doesNotExist();
        }
        assertThat(damaged).as("left for people to look at").isDirectory();
    }

    @Test
    void theNextProcessGoesOnFromTheLatestCheckpointWhicheverIsCommittedLast() throws IOException {
        try (JobStore store = JobStore.open(directory, "orders")) {
            RecordedCheckpoints recorded = new RecordedCheckpoints(store);
            recorded.reserve(1);
            recorded.reserve(2);

            recorded.add(2, "chk-2");
            recorded.add(1, "chk-1");
            assertThat(store.record().checkpoints().get(0)).isEqualTo("chk-2");

            recorded.add(3, "chk-3");
            recorded.drop("chk-2");
            assertThat(store.record().checkpoints()).containsExactly("chk-3");
        }
    }

    /** The next process would delete what an ended job still has on record, and this is the user's. */
    @Test
    void whatIsCommittedAfterTheEndIsNotOnRecord() throws IOException {
        JobStore store = JobStore.open(directory, "orders");
        RecordedCheckpoints recorded = new RecordedCheckpoints(store);
        recorded.add(1, "chk-1");
        store.ended(true);

        recorded.add(2, "chk-2");
        assertThat(store.record().checkpoints()).isEmpty();

        store.close();
        assertThatThrownBy(() -> store.checkpoints(List.of("chk-3"))).hasMessageContaining("was closed");
    }

    @Test
    void aRecordNamesWhatIsNotDeletedYet() throws IOException {
        try (JobStore store = JobStore.open(directory, "orders")) {
            RecordedCheckpoints recorded = new RecordedCheckpoints(store);
            store.checkpoints(List.of("chk-4", "chk-3", "chk-2", "chk-1"));

            recorded.drop("chk-1");
            recorded.drop("chk-2");
            recorded.deleted("chk-1");
            assertThat(store.record().dropped()).containsExactly("chk-1", "chk-2");

            recorded.drop("chk-3");
            assertThat(store.record().dropped()).containsExactly("chk-2", "chk-3");
            assertThat(store.record().checkpoints()).containsExactly("chk-4");

            recorded.forget("chk-4");
            assertThat(store.record().checkpoints()).isEmpty();
            assertThat(store.record().dropped()).doesNotContain("chk-4");
        }
    }

    @Test
    void aNumberFarAheadIsReservedAtOnce() throws IOException {
        try (JobStore store = JobStore.open(directory, "orders")) {
            // one by one this would take hours
            new RecordedCheckpoints(store).reserve(1_000_000_000L);

            assertThat(store.record().nextCheckpointId()).isGreaterThan(1_000_000_000L);
        }
    }
}
