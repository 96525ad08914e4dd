package dev.weir.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.flink.metric.SubtaskThread;
import dev.weir.flink.metric.VertexLoad;
import dev.weir.flink.session.AccumulatorTexts;
import dev.weir.flink.session.WeirJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecution;
import org.apache.flink.runtime.executiongraph.ArchivedExecutionGraph;
import org.apache.flink.runtime.executiongraph.ArchivedExecutionJobVertex;
import org.apache.flink.runtime.io.network.partition.ResultPartitionType;
import org.apache.flink.runtime.jobgraph.DistributionPattern;
import org.apache.flink.runtime.jobgraph.IntermediateDataSetID;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.util.OptionalFailure;
import org.apache.flink.util.SerializedValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExecutionGraphsTest {

    /** A job that stands still in the state a test gives it. */
    private static final class StillJob implements WeirJob {
        private final JobGraph graph;
        private final JobStatus status;
        private final Map<JobStatus, Long> timestamps = new EnumMap<>(JobStatus.class);
        private final List<SubtaskView> subtasks = new ArrayList<>();
        private final List<Failure> failures = new ArrayList<>();
        private final CompletableFuture<Result> result = new CompletableFuture<>();

        StillJob(JobGraph graph, JobStatus status) {
            this.graph = graph;
            this.status = status;
        }

        @Override
        public JobID jobId() {
            return graph.getJobID();
        }

        @Override
        public String name() {
            return graph.getName();
        }

        @Override
        public JobStatus status() {
            return status;
        }

        @Override
        public long timestamp(JobStatus of) {
            return timestamps.getOrDefault(of, 0L);
        }

        @Override
        public CompletableFuture<Result> result() {
            return result;
        }

        @Override
        public CompletableFuture<Void> cancel() {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<Void> suspend() {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<String> savepoint(@Nullable String targetDirectory, SavepointFormatType format) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<String> stopWithSavepoint(
                boolean drain, @Nullable String targetDirectory, SavepointFormatType format) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<String> cancelWithSavepoint(
                @Nullable String targetDirectory, SavepointFormatType format) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<String> checkpoint(boolean full) {
            return new CompletableFuture<>();
        }

        @Override
        public AccumulatorTexts accumulatorTexts() {
            return AccumulatorTexts.EMPTY;
        }

        @Override
        public int restarts() {
            return 0;
        }

        @Override
        public Optional<CheckpointStatistics> checkpoints() {
            return Optional.empty();
        }

        @Override
        public Map<String, SerializedValue<OptionalFailure<Object>>> accumulators() {
            try {
                return Map.of("lines", new SerializedValue<>(OptionalFailure.of(12)));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public CompletableFuture<CoordinationResponse> request(OperatorID operator, CoordinationRequest request) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<CoordinationResponse> request(
                String operatorUid, CoordinationRequest request, ConfigOption<Duration> timeout) {
            return new CompletableFuture<>();
        }

        @Override
        public List<VertexLoad> load() {
            return List.of();
        }

        @Override
        public List<SubtaskThread> threads() {
            return List.of();
        }

        @Override
        public CompletableFuture<Diagnosis> diagnose() {
            throw new UnsupportedOperationException();
        }

        @Override
        public JobGraph jobGraph() {
            return graph;
        }

        @Override
        public List<SubtaskView> subtasks() {
            return subtasks;
        }

        @Override
        public List<Failure> failures() {
            return failures;
        }
    }

    private static JobGraph graph() {
        JobVertex source = new JobVertex("source");
        source.setParallelism(1);
        JobVertex sink = new JobVertex("sink");
        sink.setParallelism(2);
        sink.connectNewDataSetAsInput(
                source,
                DistributionPattern.ALL_TO_ALL,
                ResultPartitionType.PIPELINED,
                new IntermediateDataSetID(),
                false,
                false);
        // in the wrong order on purpose: subtasks count vertices in topological order
        return new JobGraph(new JobID(), "still", sink, source);
    }

    private static WeirJob.SubtaskView subtask(int vertex, int index, ExecutionState state, Throwable failure) {
        return new WeirJob.SubtaskView(
                vertex,
                index,
                0,
                state,
                Map.of(ExecutionState.CREATED, 100L, ExecutionState.DEPLOYING, 100L, state, 130L),
                failure,
                null);
    }

    @Test
    void runningJobShowsEverySubtaskUnderItsVertex() throws Exception {
        StillJob job = new StillJob(graph(), JobStatus.RUNNING);
        job.timestamps.put(JobStatus.RUNNING, 120L);
        job.subtasks.add(subtask(1, 1, ExecutionState.RUNNING, null));
        job.subtasks.add(subtask(1, 0, ExecutionState.INITIALIZING, null));
        job.subtasks.add(subtask(0, 0, ExecutionState.FINISHED, null));

        ArchivedExecutionGraph graph = ExecutionGraphs.of(job, ProcessLocation.id(new Configuration()));

        assertThat(graph.getJobID()).isEqualTo(job.jobId());
        assertThat(graph.getJobName()).isEqualTo("still");
        assertThat(graph.getState()).isEqualTo(JobStatus.RUNNING);
        assertThat(graph.getStatusTimestamp(JobStatus.RUNNING)).isEqualTo(120L);
        assertThat(graph.getFailureInfo()).isNull();
        List<String> seen = new ArrayList<>();
        for (ArchivedExecutionJobVertex vertex : graph.getVerticesTopologically()) {
            for (var task : vertex.getTaskVertices()) {
                seen.add(task.getTaskNameWithSubtaskIndex() + " " + task.getExecutionState());
            }
        }
        assertThat(seen).containsExactly("source (1/1) FINISHED", "sink (1/2) INITIALIZING", "sink (2/2) RUNNING");
        assertThat(graph.getAllVertices()).hasSize(2);
        assertThat(graph.getAccumulatorsSerialized()
                        .get("lines")
                        .deserializeValue(getClass().getClassLoader())
                        .get())
                .isEqualTo(12);
        assertThat(graph.getPlan().getNodes()).hasSize(2);
    }

    @Test
    void statesEndWhereTheNextOneBegins() {
        StillJob job = new StillJob(graph(), JobStatus.RUNNING);
        job.subtasks.add(subtask(0, 0, ExecutionState.RUNNING, null));

        AccessExecution attempt = ExecutionGraphs.of(job, ProcessLocation.id(new Configuration()))
                .getAllExecutionVertices()
                .iterator()
                .next()
                .getCurrentExecutionAttempt();

        assertThat(attempt.getStateEndTimestamp(ExecutionState.CREATED)).isEqualTo(100L);
        assertThat(attempt.getStateEndTimestamp(ExecutionState.DEPLOYING)).isEqualTo(130L);
        assertThat(attempt.getStateEndTimestamp(ExecutionState.RUNNING)).isZero();
    }

    @Test
    void latestAttemptOfASubtaskCounts() {
        StillJob job = new StillJob(graph(), JobStatus.RUNNING);
        job.subtasks.add(new WeirJob.SubtaskView(0, 0, 1, ExecutionState.RUNNING, Map.of(), null, null));
        job.subtasks.add(new WeirJob.SubtaskView(0, 0, 0, ExecutionState.FAILED, Map.of(), null, null));

        AccessExecution attempt = ExecutionGraphs.of(job, ProcessLocation.id(new Configuration()))
                .getAllExecutionVertices()
                .iterator()
                .next()
                .getCurrentExecutionAttempt();

        assertThat(attempt.getAttemptNumber()).isEqualTo(1);
        assertThat(attempt.getState()).isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void failedJobTellsItsCauseAndTheSubtaskThatFailed() throws Exception {
        StillJob job = new StillJob(graph(), JobStatus.FAILED);
        IllegalStateException failure = new IllegalStateException("boom");
        job.timestamps.put(JobStatus.FAILED, 140L);
        job.subtasks.add(subtask(0, 0, ExecutionState.FAILED, failure));
        job.result.complete(new WeirJob.Result(JobStatus.FAILED, failure, 40, Map.of()));

        ArchivedExecutionGraph graph = ExecutionGraphs.of(job, ProcessLocation.id(new Configuration()));

        assertThat(graph.getFailureInfo().getTimestamp()).isEqualTo(140L);
        assertThat(graph.getFailureInfo()
                        .getException()
                        .deserializeError(getClass().getClassLoader()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("boom");
        assertThat(graph.getAllExecutionVertices().iterator().next().getFailureInfo())
                .hasValueSatisfying(info -> assertThat(info.getTimestamp()).isEqualTo(130L));
    }
}
