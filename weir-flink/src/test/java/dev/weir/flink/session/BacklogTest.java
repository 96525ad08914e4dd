package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.testing.wait.Waits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Periodic checkpoints while a source works off a backlog. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BacklogTest {
    private static volatile CountDownLatch workedOff = new CountDownLatch(1);

    @TempDir
    Path directory;

    /** Numbers that are a backlog until the latch opens. */
    private static final class Backlog extends NumberSequenceSource {
        Backlog(long last) {
            super(1, last);
        }

        @Override
        public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> createEnumerator(
                SplitEnumeratorContext<NumberSequenceSplit> context) {
            context.setIsProcessingBacklog(true);
            context.callAsync(
                    () -> {
                        workedOff.await();
                        return true;
                    },
                    (done, failure) -> context.setIsProcessingBacklog(false));
            return super.createEnumerator(context);
        }
    }

    private JobGraph job(Duration duringBacklog) {
        StreamExecutionEnvironment env = environment(duringBacklog);
        env.fromSource(new Backlog(Long.MAX_VALUE / 2), WatermarkStrategy.noWatermarks(), "backlog")
                .sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    private StreamExecutionEnvironment environment(Duration duringBacklog) {
        Configuration configuration = new Configuration()
                .set(
                        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                        directory.toUri().toString())
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(10))
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL_DURING_BACKLOG, duringBacklog);
        return StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    }

    private static long completed(WeirJob job) {
        return job.checkpoints().map(CheckpointStatistics::counts).orElseThrow().completed();
    }

    private static void awaitCompleted(WeirJob job, long count) {
        while (completed(job) < count) {
            Waits.aMoment();
        }
    }

    /** How many have completed when none has for many intervals. */
    private static long awaitNoMore(WeirJob job) throws InterruptedException {
        long before;
        do {
            before = completed(job);
            TimeUnit.MILLISECONDS.sleep(200);
        } while (completed(job) > before);
        return before;
    }

    @Test
    void noneIsPeriodicDuringItWhereTheIntervalIsZero() throws Exception {
        workedOff = new CountDownLatch(1);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(job(Duration.ZERO), BacklogTest.class.getClassLoader());
            Subtasks.awaitRunning(job);
            job.checkpoint(false).get();
            // what was due before the first reader could be told comes all the same, as in Flink
            long before = awaitNoMore(job);
            int asked = 50;
            for (int i = 0; i < asked; i++) {
                job.checkpoint(false).get();
            }

            long during = completed(job);
            assertThat(during).isEqualTo(before + asked);

            workedOff.countDown();
            awaitCompleted(job, during + 4);
            job.cancel().get();
        }
    }

    @Test
    void theIntervalOfABacklogCountsDuringIt() throws Exception {
        workedOff = new CountDownLatch(1);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(job(Duration.ofMillis(20)), BacklogTest.class.getClassLoader());

            awaitCompleted(job, 4);

            workedOff.countDown();
            awaitCompleted(job, completed(job) + 4);
            job.cancel().get();
        }
    }

    @Test
    void aSourceThatIsThroughHasNoBacklog() throws Exception {
        workedOff = new CountDownLatch(1);
        StreamExecutionEnvironment env = environment(Duration.ZERO);
        env.fromSource(new Backlog(100), WatermarkStrategy.noWatermarks(), "backlog")
                .union(env.fromSequence(1, Long.MAX_VALUE / 2))
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(env.getStreamGraph().getJobGraph(), BacklogTest.class.getClassLoader());

            awaitCompleted(job, 4);
            job.cancel().get();
        }
    }
}
