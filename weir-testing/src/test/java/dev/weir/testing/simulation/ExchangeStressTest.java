package dev.weir.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.JobExecution;
import dev.weir.engine.job.JobObserver;
import dev.weir.engine.job.JobOptions;
import dev.weir.engine.job.JobRun;
import dev.weir.engine.job.JobState;
import dev.weir.engine.job.JobSupervisor;
import dev.weir.engine.job.NetworkAllotment;
import dev.weir.engine.job.Regions;
import dev.weir.engine.job.TaskGraph;
import dev.weir.engine.task.TaskCheckpointing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The same traced dataflows as in the simulator, on threads: here the wake-ups are real. */
class ExchangeStressTest {
    private static final JobOptions OPTIONS =
            new JobOptions(Duration.ofSeconds(30), Duration.ofSeconds(60), ExchangeStressTest.class.getClassLoader());

    private final ExecutorService later = Executors.newSingleThreadExecutor();

    @AfterEach
    void stop() {
        later.shutdownNow();
    }

    @Test
    void everyElementArrivesOnceAndInOrderOnThreads() throws Exception {
        for (long seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            TracedDataflow traced = TracedDataflow.random(random, 400, later);

            for (JobRun run : start(traced.dataflow(), random)) {
                assertThat(run.outcome().get(120, TimeUnit.SECONDS))
                        .as("seed=%s", seed)
                        .isEqualTo(new JobRun.Outcome(JobState.FINISHED, null, null, false));
            }
            traced.assertComplete();
        }
    }

    @Test
    void aCancellationAtAnyMomentEndsEveryThread() throws Exception {
        for (long seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            TracedDataflow traced = TracedDataflow.random(random, 2_000_000, later);
            List<JobRun> runs = start(traced.dataflow(), random);
            for (int spin = random.nextInt(20_000); spin > 0; spin--) {
                Thread.onSpinWait();
            }

            runs.forEach(JobRun::cancel);

            List<JobState> ends = new ArrayList<>();
            for (JobRun run : runs) {
                ends.add(run.outcome().get(120, TimeUnit.SECONDS).state());
            }
            // a region of one or two subtasks may have been quicker
            assertThat(ends).as("seed=%s", seed).contains(JobState.CANCELED).doesNotContain(JobState.FAILED);
            traced.assertClosed();
        }
    }

    /** Region by region, under one supervisor. */
    private static List<JobRun> start(Dataflow dataflow, Random random) {
        ChannelLimits limits = limits(random);
        NetworkAllotment network = NetworkAllotment.of(dataflow, Networks.hostile(random));
        try (JobSupervisor supervisor = JobSupervisor.start(dataflow.name(), OPTIONS)) {
            return Regions.of(dataflow).stream()
                    .map(region -> TaskGraph.of(
                            dataflow, region, limits, network, TaskSignal::blocking, TaskCheckpointing.NONE, 0))
                    .map(tasks -> JobExecution.start(tasks, supervisor, new JobObserver() {}))
                    .toList();
        }
    }

    private static ChannelLimits limits(Random random) {
        int slots = 1 + random.nextInt(4);
        return new ChannelLimits(1 + random.nextInt(3), slots, slots + random.nextInt(40));
    }
}
