package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.jobstore.JobStore;
import dev.weir.flink.state.TieredOptions;
import dev.weir.testing.wait.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Subtasks go back to their slot, and to the copy of their state that is there. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LocalRecoveryTest {
    private static final long RECORDS = 60_000;
    private static final Map<Long, Long> LAST = new ConcurrentHashMap<>();
    private static final Map<String, Set<String>> ALLOCATIONS = new ConcurrentHashMap<>();
    private static final AtomicLong LATEST = new AtomicLong();
    private static final AtomicInteger FAILURES = new AtomicInteger();
    private static volatile CountDownLatch checkpointed = new CountDownLatch(2);

    @TempDir
    Path directory;

    private String store = "hashmap";
    private boolean incremental;

    @BeforeEach
    void clear() {
        LAST.clear();
        ALLOCATIONS.clear();
        FAILURES.set(0);
        checkpointed = new CountDownLatch(2);
    }

    /** What is done to the files of checkpoints as the job fails. */
    private interface Damage extends java.io.Serializable {
        void to(Path checkpoints, Path local) throws IOException;
    }

    /** Counts by key; fails once after the second checkpoint, having done some damage. */
    private static final class Count extends RichMapFunction<Long, Long> implements CheckpointListener {
        private final String checkpoints;
        private final String local;
        private final int failures;
        private final Damage damage;
        private int completed;
        private ValueState<Long> count;

        Count(Path directory, int failures, Damage damage) {
            this.checkpoints = directory.resolve("checkpoints").toString();
            this.local = directory.resolve("local").toString();
            this.failures = failures;
            this.damage = damage;
        }

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
            allocated(
                    "count",
                    getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(),
                    getRuntimeContext().getTaskInfo().getAllocationIDAsString());
        }

        @Override
        public Long map(Long value) throws Exception {
            if (checkpointed.getCount() > 0 || FAILURES.get() < failures) {
                if (value % 10 == 0) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
            if (completed >= 2 && FAILURES.get() < failures && FAILURES.incrementAndGet() <= failures) {
                LATEST.set(latest(Path.of(checkpoints)));
                damage.to(Path.of(checkpoints), Path.of(local));
                throw new IllegalStateException("a failure");
            }
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            LAST.merge(value % 1000, now, Math::max);
            return now;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            completed++;
            checkpointed.countDown();
        }
    }

    private static void allocated(String vertex, int index, String allocation) {
        ALLOCATIONS
                .computeIfAbsent(vertex + index, key -> ConcurrentHashMap.newKeySet())
                .add(allocation);
    }

    private StreamExecutionEnvironment environment(int parallelism) {
        StreamExecutionEnvironment env = RecoveryTest.environment(parallelism, directory.resolve("checkpoints"));
        Configuration options = new Configuration();
        options.set(StateBackendOptions.STATE_BACKEND, store);
        options.set(TieredOptions.FRACTION, 0.00005);
        options.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, incremental);
        options.set(StateRecoveryOptions.LOCAL_RECOVERY, true);
        options.set(
                CheckpointingOptions.LOCAL_RECOVERY_TASK_MANAGER_STATE_ROOT_DIRS,
                directory.resolve("local").toString());
        options.set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.ZERO);
        options.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 2);
        env.configure(options);
        // seldom enough that none is committed in the midst of what a test does to the files
        env.enableCheckpointing(100);
        return env;
    }

    private JobGraph counting(StreamExecutionEnvironment env, int failures, Damage damage) {
        env.fromSequence(1, RECORDS)
                .keyBy(n -> n % 1000)
                .map(new Count(directory, failures, damage))
                .uid("count")
                .sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    private static void assertCounted() {
        assertThat(new TreeMap<>(LAST)).hasSize(1000).allSatisfy((key, count) -> assertThat(count)
                .isEqualTo(RECORDS / 1000));
    }

    private static long latest(Path checkpoints) throws IOException {
        try (Stream<Path> all = Files.walk(checkpoints)) {
            return all.filter(path -> Files.exists(path.resolve("_metadata")))
                    .mapToLong(
                            path -> Long.parseLong(path.getFileName().toString().substring(4)))
                    .max()
                    .orElseThrow();
        }
    }

    /** State files of the latest checkpoint, not its metadata, and those that it may share with others. */
    private static List<Path> stateFiles(Path checkpoints) throws IOException {
        long latest = latest(checkpoints);
        try (Stream<Path> all = Files.walk(checkpoints)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> (file.getParent().endsWith("chk-" + latest) && !file.endsWith("_metadata"))
                            || file.getParent().endsWith("shared"))
                    .toList();
        }
    }

    private static List<Path> copies(Path local) throws IOException {
        try (Stream<Path> all = Files.walk(local)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    /** Loses those files of the latest checkpoint that have a copy. */
    private static void losePrimary(Path checkpoints, Path local) throws IOException {
        List<String> copied = new ArrayList<>();
        copies(local).forEach(copy -> copied.add(copy.getFileName().toString()));
        int lost = 0;
        for (Path file : stateFiles(checkpoints)) {
            if (copied.contains(file.getFileName().toString())) {
                Files.delete(file);
                lost++;
            }
        }
        assertThat(lost).isPositive();
    }

    private static void damageACopy(Path checkpoints, Path local) throws IOException {
        Path copy = copies(local).get(0);
        byte[] bytes = Files.readAllBytes(copy);
        bytes[bytes.length / 2] ^= 1;
        // anew: it may be another name of a file that is in use
        Files.delete(copy);
        Files.write(copy, bytes);
    }

    /** Runs a job that fails once. Returns the checkpoint that it went back to. */
    private long restoredAfter(Damage damage) throws Exception {
        long restored;
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(counting(environment(2), 1, damage), LocalRecoveryTest.class.getClassLoader());
            WeirJob.Result result = job.result().get(50, TimeUnit.SECONDS);
            restored = restored(job);
            assertThat(result.failure()).isNull();
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
            assertThat(FAILURES).hasPositiveValue();
            assertCounted();
        }
        assertThat(directory.resolve("local")).isEmptyDirectory();
        return restored;
    }

    private static long restored(WeirJob job) {
        return job.checkpoints().orElseThrow().restored().id();
    }

    @ParameterizedTest
    @CsvSource({"hashmap, false", "hashmap, true", "rocksdb, false", "rocksdb, true", "tiered, true"})
    void aLostPrimaryIsReadFromItsCopy(String ofStore, boolean changesOnly) throws Exception {
        store = ofStore;
        incremental = changesOnly;
        assertThat(restoredAfter(LocalRecoveryTest::losePrimary)).isEqualTo(LATEST.get());
        ALLOCATIONS.forEach((subtask, slots) -> assertThat(slots).as(subtask).hasSize(1));
        assertThat(ALLOCATIONS).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"hashmap, false", "hashmap, true", "rocksdb, false", "rocksdb, true", "tiered, true"})
    void aDamagedCopyIsPassedOver(String ofStore, boolean changesOnly) throws Exception {
        store = ofStore;
        incremental = changesOnly;
        assertThat(restoredAfter(LocalRecoveryTest::damageACopy)).isEqualTo(LATEST.get());
    }

    @ParameterizedTest
    @CsvSource({"hashmap, false", "rocksdb, false", "rocksdb, true", "tiered, false"})
    void whereBothAreLostTheCheckpointBeforeIsUsed(String ofStore, boolean changesOnly) throws Exception {
        store = ofStore;
        incremental = changesOnly;
        long restored = restoredAfter((checkpoints, local) -> {
            // not those that the checkpoint before may need as well
            for (Path file : stateFiles(checkpoints)) {
                if (!file.getParent().endsWith("shared")) {
                    Files.delete(file);
                }
            }
            for (Path copy : copies(local)) {
                Files.delete(copy);
            }
        });
        assertThat(restored).isPositive().isLessThan(LATEST.get());
    }

    private JobGraph withId(JobGraph graph, JobStore store) {
        graph.setJobID(JobID.fromHexString(store.record().jobId()));
        return graph;
    }

    private JobStore suspended(int parallelism) throws Exception {
        JobStore store = JobStore.open(directory.resolve("data"), "job");
        try (WeirSession session = new WeirSession(new Configuration())) {
            checkpointed = new CountDownLatch(Integer.MAX_VALUE);
            WeirJob job = session.submit(
                    withId(counting(environment(parallelism), 0, (checkpoints, local) -> {}), store),
                    LocalRecoveryTest.class.getClassLoader(),
                    store);
            while (LAST.size() < 1000) {
                assertThat(job.result()).isNotDone();
                Waits.aMoment();
            }
            Subtasks.awaitRunning(job);
            job.checkpoint(true).get(50, TimeUnit.SECONDS);
            job.suspend().get(50, TimeUnit.SECONDS);
            LATEST.set(latest(directory.resolve("checkpoints")));
        }
        checkpointed = new CountDownLatch(0);
        return JobStore.open(directory.resolve("data"), "job");
    }

    private void resume(JobStore store, int parallelism) throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(
                    withId(counting(environment(parallelism), 0, (checkpoints, local) -> {}), store),
                    LocalRecoveryTest.class.getClassLoader(),
                    store);
            WeirJob.Result result = job.result().get(50, TimeUnit.SECONDS);
            assertThat(result.failure()).isNull();
            assertThat(restored(job)).isEqualTo(LATEST.get());
            assertCounted();
        }
    }

    @ParameterizedTest
    @CsvSource({"hashmap, false", "hashmap, true", "rocksdb, false", "rocksdb, true", "tiered, true"})
    void theNextProcessFindsTheCopiesToo(String ofStore, boolean changesOnly) throws Exception {
        store = ofStore;
        incremental = changesOnly;
        JobStore store = suspended(2);
        losePrimary(directory.resolve("checkpoints"), directory.resolve("local"));

        resume(store, 2);

        ALLOCATIONS.forEach((subtask, slots) -> assertThat(slots).as(subtask).hasSize(1));
    }

    @Test
    void afterRescalingSubtasksStayAndNewOnesTakeFreeSlots() throws Exception {
        JobStore store = suspended(2);
        Path record = store.directory().resolve("local/slots");
        // the slots of an earlier process, in another order
        Files.writeString(record, Files.readString(record).replace("\n0 0", "\n2 0"));
        Files.createDirectories(copies(directory.resolve("local"))
                .get(0)
                .getParent()
                .getParent()
                .resolveSibling("slot-2"));
        ALLOCATIONS.clear();
        losePrimary(directory.resolve("checkpoints"), directory.resolve("local"));

        resume(store, 3);

        assertThat(ALLOCATIONS)
                .isEqualTo(Map.of("count0", Set.of("slot-2"), "count1", Set.of("slot-1"), "count2", Set.of("slot-0")));
    }

    @Test
    void aSlotWhoseDirectoryIsGoneIsAnEmptyOne() throws Exception {
        JobStore store = suspended(2);
        Path jobs = copies(directory.resolve("local"))
                .get(0)
                .getParent()
                .getParent()
                .getParent();
        org.apache.flink.util.FileUtils.deleteDirectory(jobs.resolve("slot-0").toFile());
        ALLOCATIONS.clear();

        resume(store, 2);

        assertThat(ALLOCATIONS).isEqualTo(Map.of("count0", Set.of("slot-0"), "count1", Set.of("slot-1")));
    }

    private static final class Located extends RichMapFunction<Long, Long> {
        private final String name;

        Located(String name) {
            this.name = name;
        }

        @Override
        public void open(OpenContext context) {
            allocated(
                    name,
                    getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(),
                    getRuntimeContext().getTaskInfo().getAllocationIDAsString());
        }

        @Override
        public Long map(Long value) {
            return value;
        }
    }

    private JobGraph twoGroups(int slots) {
        StreamExecutionEnvironment env = RecoveryTest.environment(2, directory);
        Configuration options = new Configuration();
        options.set(TaskManagerOptions.NUM_TASK_SLOTS, slots);
        env.configure(options);
        env.fromSequence(1, 100)
                .map(new Located("a"))
                .map(new Located("b"))
                .setParallelism(1)
                .map(new Located("c"))
                .setParallelism(3)
                .slotSharingGroup("other")
                .sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    @Test
    void tooFewSlotsAreRefusedWithTheNumberNeeded() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            assertThatThrownBy(() -> session.submit(twoGroups(4), LocalRecoveryTest.class.getClassLoader()))
                    .isInstanceOf(JobSubmissionException.class)
                    .rootCause()
                    .isInstanceOf(org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException.class)
                    .hasMessageContaining("needs slots=5 > available=4")
                    .hasMessageContaining("taskmanager.numberOfTaskSlots");
        }
    }

    @Test
    void subtasksOfOneIndexAndGroupShareASlot() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = session.submit(twoGroups(5), LocalRecoveryTest.class.getClassLoader())
                    .result()
                    .get(50, TimeUnit.SECONDS);
            assertThat(result.failure()).isNull();
        }
        assertThat(ALLOCATIONS.get("b0")).isEqualTo(ALLOCATIONS.get("a0"));
        List<String> all = new ArrayList<>();
        List.of("a0", "a1", "c0", "c1", "c2").forEach(subtask -> all.addAll(ALLOCATIONS.get(subtask)));
        assertThat(all).containsExactlyInAnyOrder("slot-0", "slot-1", "slot-2", "slot-3", "slot-4");
    }
}
