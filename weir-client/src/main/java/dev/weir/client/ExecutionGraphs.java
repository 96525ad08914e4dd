package dev.weir.client;

import dev.weir.engine.task.SubtaskId;
import dev.weir.flink.session.AccumulatorTexts;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.state.StoreNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.clusterframework.types.ResourceProfile;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionJobVertex;
import org.apache.flink.runtime.executiongraph.ArchivedExecution;
import org.apache.flink.runtime.executiongraph.ArchivedExecutionGraph;
import org.apache.flink.runtime.executiongraph.ArchivedExecutionJobVertex;
import org.apache.flink.runtime.executiongraph.ArchivedExecutionVertex;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphID;
import org.apache.flink.runtime.executiongraph.ExecutionHistory;
import org.apache.flink.runtime.executiongraph.IOMetrics;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.jsonplan.JsonPlanGenerator;
import org.apache.flink.runtime.jobgraph.tasks.JobCheckpointingSettings;
import org.apache.flink.runtime.scheduler.ExecutionGraphInfo;
import org.apache.flink.runtime.scheduler.exceptionhistory.RootExceptionHistoryEntry;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.taskmanager.TaskManagerLocation;
import org.apache.flink.util.OptionalFailure;
import org.apache.flink.util.SerializedThrowable;
import org.apache.flink.util.SerializedValue;
import org.apache.flink.util.TernaryBoolean;
import org.jspecify.annotations.Nullable;

/** Draws a job as Flink's archived execution graph, which is what Flink's tools read. Pure. */
public final class ExecutionGraphs {
    private ExecutionGraphs() {}

    /**
     * A job with the failures that it has had.
     *
     * @param process that runs it, by its id as a task manager
     */
    public static ExecutionGraphInfo info(WeirJob job, ResourceID process) {
        TaskManagerLocation location = ProcessLocation.location(process);
        ArchivedExecutionGraph graph = of(job, process);
        List<JobVertex> vertices = job.jobGraph().getVerticesSortedTopologicallyFromSources();
        List<RootExceptionHistoryEntry> failures = new ArrayList<>();
        for (WeirJob.Failure failure : job.failures()) {
            failures.add(new RootExceptionHistoryEntry(
                    failure.cause(),
                    failure.atMillis(),
                    CompletableFuture.completedFuture(Map.of()),
                    task(graph, vertices, failure.subtask()),
                    failure.subtask() == null ? null : location,
                    List.of()));
        }
        return new ExecutionGraphInfo(graph, failures, JobManagerOptions.SchedulerType.Default);
    }

    private static @Nullable String task(
            ArchivedExecutionGraph graph, List<JobVertex> vertices, @Nullable SubtaskId subtask) {
        if (subtask == null) {
            return null;
        }
        AccessExecutionJobVertex vertex =
                graph.getAllVertices().get(vertices.get(subtask.vertex()).getID());
        return vertex == null
                ? null
                : vertex.getName() + " (" + (subtask.index() + 1) + "/" + vertex.getParallelism() + ") - execution #"
                        + subtask.attempt();
    }

    /**
     * A job as it is at this moment.
     *
     * @param process that runs it
     */
    public static ArchivedExecutionGraph of(WeirJob job, ResourceID process) {
        // the state of the job first: whoever reads RUNNING here must not find subtasks of an earlier moment
        JobStatus status = job.status();
        JobGraph graph = job.jobGraph();
        AccumulatorTexts texts = job.accumulatorTexts();
        List<ArchivedExecutionJobVertex> vertices = vertices(job, graph, texts, ProcessLocation.location(process));
        Map<JobVertexID, ArchivedExecutionJobVertex> byId = new LinkedHashMap<>();
        vertices.forEach(vertex -> byId.put(vertex.getJobVertexId(), vertex));
        JobCheckpointingSettings checkpointing = graph.getCheckpointingSettings();
        Map<String, SerializedValue<OptionalFailure<Object>>> accumulators = job.accumulators();
        return new ArchivedExecutionGraph(
                job.jobId(),
                job.name(),
                byId,
                vertices,
                timestamps(job),
                status,
                graph.getJobType(),
                failure(job),
                JsonPlanGenerator.generatePlan(graph),
                texts.ofJob(),
                accumulators,
                new ExecutionConfig(graph.getJobConfiguration()).archive(),
                false,
                checkpointing == null ? null : checkpointing.getCheckpointCoordinatorConfiguration(),
                checkpointing == null ? null : checkpoints(job, checkpointing),
                backend(graph),
                "FileSystemCheckpointStorage",
                TernaryBoolean.FALSE,
                null,
                null,
                0,
                graph.getApplicationId().orElse(null));
    }

    /** The name of Flink's backend in whose place the job's store is. */
    private static String backend(JobGraph graph) {
        String name = graph.getJobConfiguration().get(StateBackendOptions.STATE_BACKEND);
        if (StoreNames.isHeap(name)) {
            return "HashMapStateBackend";
        }
        return StoreNames.isRocksDb(name) ? "EmbeddedRocksDBStateBackend" : name;
    }

    private static CheckpointStatsSnapshot checkpoints(WeirJob job, JobCheckpointingSettings settings) {
        return job.checkpoints()
                .map(known -> CheckpointStats.of(
                        known,
                        job.jobGraph().getVerticesSortedTopologicallyFromSources(),
                        settings.getCheckpointCoordinatorConfiguration().getCheckpointRetentionPolicy()))
                .orElseGet(CheckpointStatsSnapshot::empty);
    }

    /** What a job that ended in FAILED failed of, in the form in which clients may take it without the user's classes. */
    static SerializedThrowable failureOf(WeirJob.Result result) {
        return result.failure() instanceof SerializedThrowable kept
                ? kept
                : new SerializedThrowable(ErrorInfo.handleMissingThrowable(result.failure()));
    }

    private static @Nullable ErrorInfo failure(WeirJob job) {
        WeirJob.Result result = job.result().getNow(null);
        return result == null || result.status() != JobStatus.FAILED
                ? null
                : new ErrorInfo(failureOf(result), Math.max(1, job.timestamp(JobStatus.FAILED)));
    }

    private static long[] timestamps(WeirJob job) {
        return Arrays.stream(JobStatus.values()).mapToLong(job::timestamp).toArray();
    }

    private static List<ArchivedExecutionJobVertex> vertices(
            WeirJob job, JobGraph graph, AccumulatorTexts texts, TaskManagerLocation location) {
        List<JobVertex> sorted = graph.getVerticesSortedTopologicallyFromSources();
        Map<Integer, TreeMap<Integer, WeirJob.SubtaskView>> subtasks = new HashMap<>();
        for (WeirJob.SubtaskView subtask : job.subtasks()) {
            subtasks.computeIfAbsent(subtask.vertex(), v -> new TreeMap<>())
                    .merge(subtask.index(), subtask, (a, b) -> a.attempt() > b.attempt() ? a : b);
        }
        List<ArchivedExecutionJobVertex> vertices = new ArrayList<>();
        for (int i = 0; i < sorted.size(); i++) {
            List<WeirJob.SubtaskView> ofVertex =
                    List.copyOf(subtasks.getOrDefault(i, new TreeMap<>()).values());
            vertices.add(vertex(job.jobId(), sorted.get(i), ofVertex, texts, location));
        }
        return vertices;
    }

    private static ArchivedExecutionJobVertex vertex(
            JobID job,
            JobVertex vertex,
            List<WeirJob.SubtaskView> subtasks,
            AccumulatorTexts texts,
            TaskManagerLocation location) {
        int parallelism = subtasks.isEmpty() ? vertex.getParallelism() : subtasks.size();
        ArchivedExecutionVertex[] archived = subtasks.stream()
                .map(subtask -> new ArchivedExecutionVertex(
                        subtask.index(),
                        vertex.getName() + " (" + (subtask.index() + 1) + "/" + parallelism + ")",
                        attempt(job, vertex.getID(), subtask, texts, location),
                        new ExecutionHistory(0)))
                .toArray(ArchivedExecutionVertex[]::new);
        return new ArchivedExecutionJobVertex(
                archived,
                vertex.getID(),
                vertex.getName(),
                parallelism,
                maxParallelism(vertex, parallelism),
                vertex.getSlotSharingGroup(),
                ResourceProfile.UNKNOWN,
                texts.of(vertex.getID()));
    }

    /** As Flink's schedulers derive it where the program says none. */
    private static int maxParallelism(JobVertex vertex, int parallelism) {
        int given = vertex.getMaxParallelism();
        return given == JobVertex.MAX_PARALLELISM_DEFAULT
                ? KeyGroupRangeAssignment.computeDefaultMaxParallelism(parallelism)
                : given;
    }

    /** The id of an attempt in such a graph. */
    public static ExecutionAttemptID attemptId(JobID job, JobVertexID vertex, int subtask, int attempt) {
        return new ExecutionAttemptID(
                new ExecutionGraphID(job.getBytes()), new ExecutionVertexID(vertex, subtask), attempt);
    }

    private static ArchivedExecution attempt(
            JobID job,
            JobVertexID vertex,
            WeirJob.SubtaskView subtask,
            AccumulatorTexts texts,
            TaskManagerLocation location) {
        ExecutionState[] states = ExecutionState.values();
        long[] since = new long[states.length];
        long[] until = new long[states.length];
        for (int i = 0; i < states.length; i++) {
            since[i] = subtask.timestamps().getOrDefault(states[i], 0L);
        }
        for (int i = 0; i < since.length; i++) {
            until[i] = since[i] == 0 ? 0 : endOf(since, i);
        }
        Throwable failure = subtask.failure();
        long failedAt = Math.max(1, subtask.timestamps().getOrDefault(ExecutionState.FAILED, 0L));
        return new ArchivedExecution(
                texts.of(vertex, subtask.index()),
                subtask.counts() == null ? new IOMetrics(0, 0, 0, 0, 0, 0, 0) : subtask.counts(),
                attemptId(job, vertex, subtask.index(), subtask.attempt()),
                subtask.state(),
                failure == null ? null : new ErrorInfo(failure, failedAt),
                subtask.state() == ExecutionState.CREATED ? null : location,
                null,
                since,
                until);
    }

    /** A state ends when a later one begins; states of one millisecond follow the order of the enumeration. */
    private static long endOf(long[] since, int state) {
        long end = 0;
        for (int i = 0; i < since.length; i++) {
            boolean later = since[i] > since[state] || (since[i] == since[state] && i > state);
            if (later && (end == 0 || since[i] < end)) {
                end = since[i];
            }
        }
        return end;
    }
}
