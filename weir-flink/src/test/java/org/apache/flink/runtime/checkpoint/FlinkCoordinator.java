package org.apache.flink.runtime.checkpoint;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointCoordinatorTestingUtils.CheckpointExecutionGraphBuilder;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.Execution;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.executiongraph.ExecutionGraph;
import org.apache.flink.runtime.executiongraph.ExecutionGraphCheckpointPlanCalculatorContext;
import org.apache.flink.runtime.executiongraph.ExecutionVertex;
import org.apache.flink.runtime.jobgraph.DistributionPattern;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.jobgraph.tasks.CheckpointCoordinatorConfiguration;
import org.apache.flink.runtime.messages.checkpoint.AcknowledgeCheckpoint;
import org.apache.flink.runtime.messages.checkpoint.DeclineCheckpoint;
import org.apache.flink.runtime.state.CheckpointStorageAccess;
import org.apache.flink.runtime.state.CheckpointStorageLocation;
import org.apache.flink.runtime.state.memory.MemoryBackendCheckpointStorageAccess;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.util.ExceptionUtils;

/**
 * Flink's checkpoint coordinator with a job of two vertices, on one thread and a time that a test moves. Here, since what it
 * is made of is for Flink's own package only.
 */
public final class FlinkCoordinator implements AutoCloseable {

    private final VirtualTime time;
    private final ScheduledExecutorService unused = Executors.newSingleThreadScheduledExecutor();
    private final ExecutionGraph graph;
    private final CheckpointCoordinator coordinator;
    private final CheckpointCoordinatorConfiguration configuration;
    private final Map<Long, String> outcomes = new TreeMap<>();
    private final StandaloneCompletedCheckpointStore store;
    private boolean suspended;
    private int jobFailures;

    /** A coordinator whose job is not running yet. */
    public FlinkCoordinator(
            CheckpointCoordinatorConfiguration configuration,
            int parallelism,
            boolean pointwise,
            int tolerableFailures,
            int numRetained,
            long nowMillis)
            throws Exception {
        this.configuration = configuration;
        time = new VirtualTime(nowMillis);
        store = new StandaloneCompletedCheckpointStore(numRetained);
        graph = new CheckpointExecutionGraphBuilder()
                .addJobVertex(new JobVertexID(0, 1), parallelism, 128, List.of(), true)
                .addJobVertex(new JobVertexID(0, 2), parallelism, 128, List.of(), false)
                .setDistributionPattern(pointwise ? DistributionPattern.POINTWISE : DistributionPattern.ALL_TO_ALL)
                .setTransitToRunning(false)
                .build(unused);
        graph.transitionToRunning();
        coordinator = new CheckpointCoordinator(
                graph.getJobID(),
                configuration,
                List.of(),
                new StandaloneCheckpointIDCounter(),
                store,
                new InMemory(),
                time,
                new CheckpointsCleaner(),
                time,
                failures(tolerableFailures),
                new DefaultCheckpointPlanCalculator(
                        graph.getJobID(),
                        new ExecutionGraphCheckpointPlanCalculatorContext(graph),
                        graph.getVerticesTopologically(),
                        configuration.isEnableCheckpointsAfterTasksFinish()),
                time,
                NoOpCheckpointStatsTracker.INSTANCE,
                VertexFinishedStateChecker::new);
    }

    private CheckpointFailureManager failures(int tolerable) {
        return new CheckpointFailureManager(
                tolerable < 0 ? CheckpointFailureManager.UNLIMITED_TOLERABLE_FAILURE_NUMBER : tolerable,
                new CheckpointFailureManager.FailJobCallback() {
                    @Override
                    public void failJob(Throwable cause) {
                        jobFailures++;
                    }

                    @Override
                    public void failJobDueToTaskFailure(Throwable cause, ExecutionAttemptID failingTask) {
                        jobFailures++;
                    }
                });
    }

    /** Says when the first periodic checkpoint comes, in the place of the time that it drew. */
    public void initialDelay(long millis) throws ReflectiveOperationException {
        Field field = CheckpointCoordinator.class.getDeclaredField("triggerDelay");
        field.setAccessible(true);
        field.setLong(coordinator, millis);
    }

    /** Moves the time. */
    public void moveTo(long millis) {
        time.moveTo(millis);
    }

    /** A subtask runs. */
    public void running(int vertex, int subtask) {
        execution(vertex, subtask).transitionState(ExecutionState.RUNNING);
    }

    /** A subtask has finished. */
    public void finished(int vertex, int subtask) {
        execution(vertex, subtask).markFinished();
    }

    /** Periodic checkpoints begin. */
    public void start() {
        suspended = false;
        if (configuration.isCheckpointingEnabled()) {
            coordinator.startCheckpointScheduler();
        }
    }

    /** A source begins or ends to work off a backlog. */
    public void backlog(int source, boolean isProcessing) {
        coordinator.setIsProcessingBacklog(new OperatorID(0, source), isProcessing);
    }

    /** The job restarts. */
    public void suspend() {
        suspended = true;
        coordinator.stopCheckpointScheduler();
        coordinator.abortPendingCheckpoints(new CheckpointException(CheckpointFailureReason.JOB_FAILOVER_REGION));
    }

    /** Someone asks for a checkpoint. */
    public void requestCheckpoint(long request, boolean full) {
        record(
                request,
                coordinator.triggerCheckpoint(
                        full
                                ? org.apache.flink.core.execution.CheckpointType.FULL
                                : org.apache.flink.core.execution.CheckpointType.CONFIGURED));
    }

    /** Someone asks for a savepoint. */
    public void requestSavepoint(long request, boolean canonical) {
        record(request, coordinator.triggerSavepoint(null, format(canonical)));
    }

    /** Someone stops the job; what the scheduler does around the coordinator included. */
    public void stop(long request, boolean canonical) {
        coordinator.stopCheckpointScheduler();
        CompletableFuture<CompletedCheckpoint> savepoint =
                coordinator.triggerSynchronousSavepoint(false, null, format(canonical));
        record(request, savepoint);
        savepoint.whenComplete((completed, failure) -> {
            if (failure != null) {
                time.execute(() -> {
                    // Flink goes by the state of the job here, which this one does not have.
                    if (!suspended) {
                        start();
                    }
                });
            }
        });
    }

    private static SavepointFormatType format(boolean canonical) {
        return canonical ? SavepointFormatType.CANONICAL : SavepointFormatType.NATIVE;
    }

    private void record(long request, CompletableFuture<CompletedCheckpoint> future) {
        future.whenComplete((completed, failure) -> outcomes.put(
                request,
                failure == null
                        ? "completed " + completed.getCheckpointID()
                        : ExceptionUtils.findThrowable(failure, CheckpointException.class)
                                .map(known -> known.getCheckpointFailureReason().name())
                                .orElse(failure.toString())));
    }

    /** A subtask acknowledges. */
    public void acknowledge(long id, int vertex, int subtask) throws CheckpointException {
        ExecutionAttemptID attempt = execution(vertex, subtask).getAttemptId();
        coordinator.receiveAcknowledgeMessage(new AcknowledgeCheckpoint(jobId(), attempt, id), "here");
    }

    /** A subtask declines. */
    public void decline(long id, int vertex, int subtask, String reason) {
        ExecutionAttemptID attempt = execution(vertex, subtask).getAttemptId();
        CheckpointException failure = new CheckpointException(CheckpointFailureReason.valueOf(reason));
        coordinator.receiveDeclineMessage(new DeclineCheckpoint(jobId(), attempt, id, failure), "here");
    }

    private JobID jobId() {
        return graph.getJobID();
    }

    private Execution execution(int vertex, int subtask) {
        for (ExecutionVertex candidate : graph.getAllExecutionVertices()) {
            boolean fits = candidate.getJobvertexId().equals(new JobVertexID(0, vertex + 1));
            if (fits && candidate.getParallelSubtaskIndex() == subtask) {
                return candidate.getCurrentExecutionAttempt();
            }
        }
        throw new IllegalArgumentException(vertex + "/" + subtask);
    }

    /** Ids of those in flight. */
    public Set<Long> pending() {
        return new TreeSet<>(coordinator.getPendingCheckpoints().keySet());
    }

    /** Ids of those that the job could go back to. */
    public List<Long> retained() {
        return store.getAllCheckpoints().stream()
                .map(CompletedCheckpoint::getCheckpointID)
                .toList();
    }

    /** How the requests ended, by request. */
    public Map<Long, String> outcomes() {
        return outcomes;
    }

    /** How often the job was failed. */
    public int jobFailures() {
        return jobFailures;
    }

    /** Savepoints have no directory either. */
    private static final class InMemory extends JobManagerCheckpointStorage {
        private static final long serialVersionUID = 1L;

        @Override
        public CheckpointStorageAccess createCheckpointStorage(JobID jobId) throws IOException {
            return new MemoryBackendCheckpointStorageAccess(jobId, null, null, true, 1 << 20) {
                @Override
                public CheckpointStorageLocation initializeLocationForSavepoint(
                        long checkpointId, String externalLocationPointer) throws IOException {
                    return initializeLocationForCheckpoint(checkpointId);
                }
            };
        }
    }

    @Override
    public void close() throws Exception {
        coordinator.shutdown();
        unused.shutdownNow();
    }
}
