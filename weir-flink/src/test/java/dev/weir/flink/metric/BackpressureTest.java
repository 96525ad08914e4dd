package dev.weir.flink.metric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.task.BackpressureLevel;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is busy and who is held back: conditions are waited for, as metrics are updated each five seconds. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class BackpressureTest {
    private static final long WAIT_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

    /** Takes its time for each record, on the processor. */
    private static long spin(long record) {
        long end = System.nanoTime() + 200_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return record;
    }

    private static WeirJob submit(WeirSession session, boolean slow) throws Exception {
        Configuration configuration = new Configuration();
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.fromSequence(0, Long.MAX_VALUE - 1)
                .map(n -> slow ? n : pause(n))
                .name("before")
                .rebalance()
                .map(n -> slow ? spin(n) : n)
                .name("middle")
                .startNewChain()
                .rebalance()
                .map(n -> n)
                .name("after")
                .sinkTo(new DiscardingSink<>());
        return session.submit(env.getStreamGraph().getJobGraph(), BackpressureTest.class.getClassLoader());
    }

    /** A source that is not in a hurry. */
    private static long pause(long record) {
        LockSupport.parkNanos(1_000_000);
        return record;
    }

    private static List<VertexLoad> await(WeirJob job, Predicate<List<VertexLoad>> condition) {
        long start = System.nanoTime();
        List<VertexLoad> load = job.load();
        while (!condition.test(load)) {
            assertThat(System.nanoTime() - start)
                    .as("nanoseconds waited, with load=%s", load)
                    .isLessThan(WAIT_NANOS_MAX);
            assertThat(job.status()).isIn(JobStatus.CREATED, JobStatus.RUNNING);
            LockSupport.parkNanos(50_000_000);
            load = job.load();
        }
        return load;
    }

    private static SubtaskLoad only(List<VertexLoad> load, int vertex) {
        return load.get(vertex).subtasks().get(0);
    }

    @Test
    void aSlowOperatorIsBusyAndHoldsBackWhatIsBefore() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, true);

            List<VertexLoad> load = await(
                    job,
                    seen -> seen.size() == 3
                            && seen.get(0).backpressure() == BackpressureLevel.HIGH
                            && only(seen, 1).busy() > 0.9
                            && only(seen, 1).inPoolUsage() > 0.5
                            && only(seen, 2).idle() > 0.5);

            assertThat(load.get(1).name()).contains("middle");
            assertThat(load.get(1).backpressure()).isEqualTo(BackpressureLevel.OK);
            assertThat(load.get(2).backpressure()).isEqualTo(BackpressureLevel.OK);
            assertThat(only(load, 2).busy()).isLessThan(0.5);
            assertThat(only(load, 1).recordsIn()).isPositive();
            await(job, seen -> reported(session, "isBackPressured", 0).equals("true"));
            assertThat(Double.parseDouble(reported(session, "busyTimeMsPerSecond", 1)))
                    .isGreaterThan(900);
            job.cancel().join();
            assertThat(job.load()).isEmpty();
        }
    }

    @Test
    void aHealthyJobHoldsNobodyBack() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = submit(session, false);

            List<VertexLoad> load = await(
                    job,
                    seen -> seen.size() == 3
                            && only(seen, 1).idle() > 0.5
                            && only(seen, 2).idle() > 0.5);

            assertThat(load)
                    .allSatisfy(vertex -> assertThat(vertex.backpressure()).isEqualTo(BackpressureLevel.OK));
            await(job, seen -> reported(session, "isBackPressured", 1).equals("false"));
            job.cancel().join();
        }
    }

    /** A metric of the subtask of the vertex at this place, as REST would tell it. */
    private static String reported(WeirSession session, String name, int vertex) {
        WeirJob job = session.jobs().get(0);
        return String.valueOf(session.metrics()
                .catalog()
                .store()
                .getTaskMetricStore(
                        job.jobId().toString(), job.load().get(vertex).id().toString())
                .getMetric("0." + name));
    }
}
