package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.JobExecutionStatusEvent;
import org.apache.flink.core.execution.JobStatusChangedListener;
import org.apache.flink.core.execution.JobStatusChangedListenerFactory;
import org.apache.flink.core.execution.JobStatusHook;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StatusListenersTest {
    /** Static as the factory is made by its name. */
    private static final ConcurrentLinkedQueue<String> HEARD = new ConcurrentLinkedQueue<>();

    /** Named in the configuration. */
    public static final class Factory implements JobStatusChangedListenerFactory {
        @Override
        public JobStatusChangedListener createListener(Context context) {
            return event -> {
                JobExecutionStatusEvent change = (JobExecutionStatusEvent) event;
                HEARD.add(change.jobName() + " " + change.oldStatus() + "->" + change.newStatus()
                        + (change.exception() == null ? "" : " " + rootOf(change.exception())));
            };
        }
    }

    private static String rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage();
    }

    /** Throws each time, which must not matter. */
    private static final class Hook implements JobStatusHook {
        @Override
        public void onCreated(JobID jobId) {
            note("created");
        }

        @Override
        public void onFinished(JobID jobId) {
            note("finished");
        }

        @Override
        public void onFailed(JobID jobId, Throwable throwable) {
            note("failed of " + rootOf(throwable));
        }

        @Override
        public void onCanceled(JobID jobId) {
            note("canceled");
        }

        private static void note(String what) {
            HEARD.add("hook " + what);
            throw new IllegalStateException("from a hook");
        }
    }

    @BeforeEach
    void clear() {
        HEARD.clear();
    }

    private static WeirJob.Result run(long poison) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.fromSequence(1, 10)
                .map(value -> {
                    if (value == poison) {
                        throw new IllegalStateException("poison");
                    }
                    return value;
                })
                .sinkTo(new DiscardingSink<>());
        StreamGraph graph = env.getStreamGraph();
        graph.setJobName("job");
        graph.registerJobStatusHook(new Hook());
        Configuration cluster = new Configuration()
                .set(DeploymentOptions.JOB_STATUS_CHANGED_LISTENERS, List.of(Factory.class.getName()));
        try (WeirSession session = new WeirSession(cluster)) {
            return session.submit(graph, StatusListenersTest.class.getClassLoader())
                    .result()
                    .get();
        }
    }

    @Test
    void hearOfAJobThatFinishes() throws Exception {
        assertThat(run(-1).status()).isEqualTo(JobStatus.FINISHED);
        assertThat(HEARD)
                .containsExactly("hook created", "job CREATED->RUNNING", "hook finished", "job RUNNING->FINISHED");
    }

    @Test
    void hearOfAJobThatFailsAndWhy() throws Exception {
        assertThat(run(5).status()).isEqualTo(JobStatus.FAILED);
        assertThat(HEARD)
                .containsExactly(
                        "hook created",
                        "job CREATED->RUNNING",
                        "job RUNNING->FAILING poison",
                        "hook failed of poison",
                        "job FAILING->FAILED poison");
    }
}
