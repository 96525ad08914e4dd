package dev.weir.flink.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphID;
import org.apache.flink.runtime.jobgraph.JobType;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.TaskMetricGroup;
import org.apache.flink.runtime.rest.handler.legacy.metrics.MetricStore;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.junit.jupiter.api.Test;

class SessionMetricsTest {
    private static final JobID JOB = new JobID(1, 2);
    private static final JobVertexID VERTEX = new JobVertexID(3, 4);

    private static TaskMetricGroup task(JobMetrics job, int subtask) {
        return job.task(
                new ExecutionAttemptID(new ExecutionGraphID(), new ExecutionVertexID(VERTEX, subtask), 0), "a -> b");
    }

    private static Set<String> reported(Configuration configuration, String run) {
        RecordingReporter.configure(configuration, run);
        try (SessionMetrics session = SessionMetrics.of(configuration);
                JobMetrics job = session.job(JOB, "orders", JobType.STREAMING)) {
            job.register(() -> 0, Optional::empty);
            task(job, 1).counter("mine");
            task(job, 1).getOrAddOperator(new OperatorID(5, 6), "b", Map.of()).counter("yours");
            return Set.copyOf(RecordingReporter.of(run).present().keySet());
        }
    }

    @Test
    void scopesAreFormattedAsConfigured() {
        assertThat(reported(new Configuration(), "as Flink has them"))
                .contains(
                        "localhost.taskmanager.weir.orders.a -> b.1.mine",
                        "localhost.taskmanager.weir.orders.b.1.yours",
                        "localhost.jobmanager.orders.numRestarts",
                        "localhost.jobmanager.Status.JVM.Threads.Count",
                        "localhost.taskmanager.weir.Status.JVM.Memory.Heap.Used");

        Configuration configuration = new Configuration();
        configuration.setString("metrics.scope.task", "<tm_id>.tasks.<job_id>.<subtask_index>");
        configuration.setString("metrics.scope.operator", "operators.<operator_name>");
        configuration.setString("metrics.scope.jm-job", "<job_name>.on.<host>");
        configuration.setString("metrics.scope.delimiter", "|");
        configuration.setString("taskmanager.resource-id", "tm-7");
        configuration.setString("taskmanager.host", "there");
        assertThat(reported(configuration, "otherwise"))
                .contains("tm-7|tasks|" + JOB + "|1|mine", "operators|b|yours", "orders|on|there|numRestarts");
    }

    @Test
    void reportersHearOfWhatTheirFiltersLetPass() {
        Configuration configuration = new Configuration();
        configuration.setString("metrics.reporter.recording.filter.excludes", "*:mine:counter");
        configuration.setString("metrics.reporter.recording.scope.delimiter", "/");
        assertThat(reported(configuration, "filtered"))
                .contains("localhost/taskmanager/weir/orders/b/1/yours")
                .noneMatch(identifier -> identifier.endsWith("mine"));
    }

    @Test
    void onlyReportersThatAreNamedAreOpened() {
        Configuration configuration = RecordingReporter.configure(new Configuration(), "not named");
        configuration.setString("metrics.reporters", "another");
        try (SessionMetrics session = SessionMetrics.of(configuration)) {
            assertThat(session.catalog().entries()).isNotEmpty();
            assertThat(RecordingReporter.isOpened("not named")).isFalse();
        }
    }

    @Test
    void theTimesOfStatesAreThoseAskedFor() {
        Configuration configuration = new Configuration();
        configuration.setString("metrics.job.status.enable", "STATE;TOTAL_TIME");
        assertThat(reported(configuration, "states"))
                .contains(
                        "localhost.jobmanager.orders.runningState",
                        "localhost.jobmanager.orders.restartingTimeTotal",
                        "localhost.jobmanager.orders.deployingState")
                .doesNotContain("localhost.jobmanager.orders.runningTime");
    }

    @Test
    void whatIsRegisteredCanBeQueriedAsInFlink() {
        try (SessionMetrics session = SessionMetrics.of(new Configuration());
                JobMetrics job = session.job(JOB, "orders", JobType.STREAMING)) {
            session.runningJobs(() -> 3);
            job.register(() -> 5, Optional::empty);
            job.entered(JobStatus.RUNNING, 1);
            task(job, 1).addGroup("my group").counter("mine").inc(7);
            task(job, 1).getOrAddOperator(new OperatorID(5, 6), "b", Map.of()).counter("yours");

            MetricStore store = session.catalog().store();

            assertThat(store.getJobManagerMetricStore().getMetric("numRunningJobs"))
                    .isEqualTo("3");
            assertThat(store.getTaskManagerMetricStore("weir").getMetric("Status.JVM.Memory.Heap.Used"))
                    .matches("[1-9][0-9]*");
            assertThat(store.getJobMetricStore(JOB.toString()).getMetric("numRestarts"))
                    .isEqualTo("5");
            assertThat(store.getJobMetricStore(JOB.toString()).getMetric("lastCheckpointExternalPath"))
                    .isEqualTo("n/a");
            assertThat(store.getTaskMetricStore(JOB.toString(), VERTEX.toString()).metrics)
                    .containsEntry("1.my_group.mine", "7")
                    .containsEntry("1.b.yours", "0");
        }
    }

    @Test
    void deploymentIsTimedFromTheFirstToTheLastSubtask() {
        Configuration configuration = new Configuration();
        configuration.setString("metrics.job.status.enable", "STATE");
        RecordingReporter.configure(configuration, "deployment");
        try (SessionMetrics session = SessionMetrics.of(configuration);
                JobMetrics job = session.job(JOB, "orders", JobType.STREAMING)) {
            job.register(() -> 0, Optional::empty);
            job.expect(VERTEX, 2);
            Map<String, Metric> present = RecordingReporter.of("deployment").present();
            Gauge<?> deploying = (Gauge<?>) present.get("localhost.jobmanager.orders.deployingState");
            assertThat(deploying.getValue()).isEqualTo(0L);

            job.entered(VERTEX, 0, 0, ExecutionState.DEPLOYING);
            assertThat(deploying.getValue()).isEqualTo(1L);
            job.entered(VERTEX, 0, 0, ExecutionState.INITIALIZING);
            job.entered(VERTEX, 0, 0, ExecutionState.RUNNING);
            job.entered(VERTEX, 1, 0, ExecutionState.DEPLOYING);
            assertThat(deploying.getValue()).isEqualTo(1L);
            job.entered(VERTEX, 1, 0, ExecutionState.INITIALIZING);
            assertThat(deploying.getValue()).isEqualTo(0L);

            job.entered(VERTEX, 1, 0, ExecutionState.FAILED);
            job.entered(VERTEX, 1, 1, ExecutionState.DEPLOYING);
            assertThat(deploying.getValue()).isEqualTo(1L);
        }
    }
}
