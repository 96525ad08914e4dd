package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.testing.wait.Waits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job that has no more data does not wait for the next periodic checkpoint. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LastCheckpointTest {
    private static CountDownLatch open = new CountDownLatch(1);

    @TempDir
    Path directory;

    /** Has no records, and ends when the test says so. */
    private static final class OpenSource implements SourceFunction<Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public void run(SourceContext<Long> context) throws InterruptedException {
            open.await();
        }

        @Override
        public void cancel() {}
    }

    /** Two sources: one has ended when its ten records are out, one is open. */
    private static JobGraph graph(Duration interval) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, new Configuration());
        env.enableCheckpointing(interval.toMillis());
        env.fromSequence(1, 10).uid("short").sinkTo(new DiscardingSink<>());
        env.addSource(new OpenSource()).uid("open").sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    private static long count(WeirJob job, ExecutionState state) {
        return job.subtasks().stream()
                .filter(subtask -> subtask.state() == state)
                .count();
    }

    @Test
    void subtasksThatHadFinishedBeforeCountWhereverTheyAreInTheirStart() throws Exception {
        open = new CountDownLatch(1);
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob first =
                    session.submit(graph(Duration.ofMillis(10)), getClass().getClassLoader());
            while (count(first, ExecutionState.FINISHED) < 2
                    || count(first, ExecutionState.FINISHED) + count(first, ExecutionState.RUNNING)
                            < first.subtasks().size()) {
                Waits.aMoment();
            }
            String savepoint = first.savepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL)
                    .get(50, TimeUnit.SECONDS);
            first.cancel().get(50, TimeUnit.SECONDS);

            JobGraph again = graph(Duration.ofHours(1));
            again.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(savepoint));
            WeirJob second = session.submit(again, getClass().getClassLoader());
            open.countDown();
            assertThat(second.result().get(50, TimeUnit.SECONDS).status()).isEqualTo(JobStatus.FINISHED);
        }
    }
}
