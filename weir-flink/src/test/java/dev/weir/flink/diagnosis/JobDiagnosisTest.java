package dev.weir.flink.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.diagnosis.Activity;
import dev.weir.engine.diagnosis.Culprit;
import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.engine.diagnosis.KeySpread;
import dev.weir.engine.diagnosis.SlowPart;
import dev.weir.engine.task.BackpressureLevel;
import dev.weir.flink.metric.VertexLoad;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.example.planted.Planted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs with a planted cause. Conditions are waited for, as metrics are updated each five seconds. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class JobDiagnosisTest {
    private static final long WAIT_NANOS_MAX = TimeUnit.SECONDS.toNanos(90);

    /** What is found, and where. */
    private record Expected(Activity activity, String method) {}

    private static final Map<Planted, Expected> EXPECTED = new EnumMap<>(Map.of(
            Planted.USER_CODE, new Expected(Activity.USER_CODE, ".spin"),
            Planted.SERIALIZER, new Expected(Activity.SERIALIZATION, ".spin"),
            Planted.STATE, new Expected(Activity.STATE, "$RewritesState.processElement"),
            Planted.TIMERS, new Expected(Activity.TIMERS, "$SetsTimers.processElement"),
            Planted.OUTSIDE, new Expected(Activity.OUTSIDE, ".await"),
            Planted.CHECKPOINT, new Expected(Activity.CHECKPOINT, "$SlowSnapshot.snapshotState")));

    @TempDir
    private Path directory;

    private WeirJob submit(WeirSession session, Planted planted) throws Exception {
        Configuration configuration = new Configuration();
        if (planted == Planted.STATE) {
            configuration.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
        }
        if (planted == Planted.CHECKPOINT) {
            configuration
                    .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100))
                    .set(
                            CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                            directory.toUri().toString());
        }
        return session.submit(planted.graph(configuration), getClass().getClassLoader());
    }

    private static void await(WeirJob job, Predicate<List<VertexLoad>> condition) {
        long start = System.nanoTime();
        for (List<VertexLoad> load = job.load(); !condition.test(load); load = job.load()) {
            assertThat(System.nanoTime() - start)
                    .as("nanoseconds waited, with load=%s", load)
                    .isLessThan(WAIT_NANOS_MAX);
            assertThat(job.status()).isIn(JobStatus.CREATED, JobStatus.RUNNING);
            LockSupport.parkNanos(50_000_000);
        }
    }

    /** The only culprit, as soon as there is one. */
    private static Culprit culprit(WeirJob job) throws Exception {
        await(
                job,
                load -> !load.isEmpty()
                        && load.get(0).backpressure() == BackpressureLevel.HIGH
                        && !JobVertices.bottlenecks(job.jobGraph(), load).isEmpty());
        Diagnosis diagnosis = job.diagnose().get();
        assertThat(diagnosis.sampledMillis()).isPositive();
        assertThat(diagnosis.culprits()).as("%s", diagnosis).hasSize(1);
        Culprit culprit = diagnosis.culprits().get(0);
        assertThat(culprit.heldBack()).singleElement().asString().contains("Source");
        return culprit;
    }

    /** At once, as each has to wait for its metrics. */
    @Test
    void whatWasPlantedIsNamed() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            Map<Planted, WeirJob> jobs = new EnumMap<>(Planted.class);
            for (Planted planted : EXPECTED.keySet()) {
                jobs.put(planted, submit(session, planted));
            }
            for (Map.Entry<Planted, WeirJob> each : jobs.entrySet()) {
                named(each.getKey(), each.getValue());
            }
        }
    }

    private static void named(Planted planted, WeirJob job) throws Exception {
        Expected expected = EXPECTED.get(planted);
        Culprit culprit = culprit(job);
        assertThat(culprit.name()).as("%s", culprit).contains(planted == Planted.SERIALIZER ? "Map" : Planted.SLOW);
        assertThat(culprit.profile().shares().get(0).activity())
                .as("%s", culprit)
                .isEqualTo(expected.activity());
        assertThat(culprit.profile().share(expected.activity()))
                .as("%s", culprit)
                .isGreaterThan(0.5);
        assertThat(culprit.reasons().get(0))
                .as("%s", culprit)
                .startsWith(expected.activity().text())
                .contains("most in org.example.planted.Planted" + expected.method());
    }

    @Test
    void aHotKeyIsNamed() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            Culprit culprit = culprit(submit(session, Planted.HOT_KEY));

            KeySpread keys = culprit.keys();
            assertThat(keys).as("%s", culprit).isNotNull();
            KeySpread.Key hottest = keys.hottest().get(0);
            assertThat(hottest.key()).isEqualTo("7");
            assertThat(hottest.share()).isBetween(0.8, 1.0);
            assertThat(hottest.subtask()).isEqualTo(culprit.records().subtask());
            assertThat(keys.keyGroups().get(0).keyGroup()).isEqualTo(KeyGroupRangeAssignment.assignToKeyGroup(7L, 128));
            assertThat(keys.keyGroups().get(0).share()).isGreaterThanOrEqualTo(hottest.share());
            assertThat(culprit.records().ratio()).isGreaterThan(1.5);
            assertThat(culprit.reasons()).anyMatch(reason -> reason.matches("hot key 7: [89][0-9] % of the records"));
        }
    }

    @Test
    void collectionsAreNamed() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            Culprit culprit = culprit(submit(session, Planted.COLLECTIONS));

            assertThat(culprit.profile().share(Activity.GC)).as("%s", culprit).isGreaterThan(0.2);
            assertThat(culprit.reasons()).anyMatch(reason -> reason.startsWith("garbage collection"));
        }
    }

    @Test
    void aSlowPartOfCheckpointsIsNamed() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, Planted.CHECKPOINT);
            await(job, load -> job.checkpoints()
                    .filter(known -> known.counts().completed() >= 3)
                    .isPresent());

            SlowPart slow = job.diagnose().get().slowCheckpoints();

            assertThat(slow).isNotNull();
            assertThat(slow.vertex()).contains(Planted.SLOW);
            assertThat(slow.part()).isEqualTo(SlowPart.Part.SYNC);
            assertThat(slow.meanMillis()).isGreaterThanOrEqualTo(700);
        }
    }

    @Test
    void aHealthyJobHasNone() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, Planted.HEALTHY);
            await(
                    job,
                    load -> load.size() == 3
                            && load.stream()
                                    .skip(1)
                                    .allMatch(vertex -> vertex.subtasks().get(0).idle() > 0.5));

            assertThat(job.diagnose().get().healthy()).isTrue();
            assertThat(job.diagnose().get().sampledMillis()).isZero();
        }
    }

    @Test
    void whoAsksMeanwhileGetsTheSameAnswer() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, Planted.OUTSIDE);
            culprit(job);

            var first = job.diagnose();
            var second = job.diagnose();

            assertThat(second.get()).isSameAs(first.get());
            assertThat(job.diagnose().get()).isNotSameAs(first.get());
            job.cancel().join();
            assertThat(job.diagnose().get().healthy()).isTrue();
        }
    }
}
