package dev.weir.flink.session;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.engine.task.SubtaskId;
import dev.weir.flink.metric.StateEstimate;
import dev.weir.flink.metric.SubtaskThread;
import dev.weir.flink.metric.VertexLoad;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.IOMetrics;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.util.OptionalFailure;
import org.apache.flink.util.SerializedThrowable;
import org.apache.flink.util.SerializedValue;
import org.jspecify.annotations.Nullable;

/** A job of a session, running or ended. Every method may be called from any thread; none blocks. */
public interface WeirJob {
    JobID jobId();

    String name();

    JobStatus status();

    /** When the job entered a state, in epoch milliseconds; 0 where it never did. */
    long timestamp(JobStatus status);

    /** Completes normally with the terminal state, whatever it is. */
    CompletableFuture<Result> result();

    /** Asks for cancellation; completes when the job has ended. */
    CompletableFuture<Void> cancel();

    /**
     * Asks the job to stop where it is, its checkpoints staying, to be gone on with by another process; completes when it has
     * ended.
     */
    CompletableFuture<Void> suspend();

    /** Merged over all subtasks; current while the job runs, final afterwards. */
    Map<String, SerializedValue<OptionalFailure<Object>>> accumulators();

    /** The same in words, by vertex and subtask too. */
    AccumulatorTexts accumulatorTexts();

    /** Passes a request on to the coordinator of the operator with this id. */
    CompletableFuture<CoordinationResponse> request(OperatorID operator, CoordinationRequest request);

    /**
     * The same by the operator's uid, or by its id in hexadecimal.
     *
     * @param timeout option that says how long an answer is waited for; later the future fails with a {@link
     *     java.util.concurrent.TimeoutException}
     */
    CompletableFuture<CoordinationResponse> request(
            String operatorUid, CoordinationRequest request, ConfigOption<Duration> timeout);

    /**
     * Takes a savepoint; gives its path when it is complete.
     *
     * @param targetDirectory where its directory is made; null for the configured one
     */
    CompletableFuture<String> savepoint(@Nullable String targetDirectory, SavepointFormatType format);

    /**
     * Takes a savepoint behind the last record of the sources, with which the job finishes; gives its path then.
     *
     * @param drain whether event time runs out and operators finish before, as at the end of the input
     */
    CompletableFuture<String> stopWithSavepoint(
            boolean drain, @Nullable String targetDirectory, SavepointFormatType format);

    /** Takes a savepoint and cancels the job when it is complete; gives its path as the cancellation begins. */
    CompletableFuture<String> cancelWithSavepoint(@Nullable String targetDirectory, SavepointFormatType format);

    /**
     * Takes a checkpoint now; gives its path.
     *
     * @param full whether it refers to nothing that earlier ones wrote
     */
    CompletableFuture<String> checkpoint(boolean full);

    /** How often tasks of it were started again after a failure. */
    int restarts();

    /** What is known of the job's checkpoints; nothing where it can take none, in batch mode. */
    Optional<CheckpointStatistics> checkpoints();

    /** What the running subtasks do with their time, by vertex in topological order; nothing of vertices without any. */
    List<VertexLoad> load();

    /** What is estimated of the states of running subtasks, the largest first. */
    default List<StateEstimate> stateEstimates() {
        return List.of();
    }

    /** The threads of the running subtasks, whose stacks may be looked at. */
    List<SubtaskThread> threads();

    /** What holds the job up at the moment; looks for some seconds where anything does. */
    CompletableFuture<Diagnosis> diagnose();

    /** The translated job, for names and plans. */
    JobGraph jobGraph();

    List<SubtaskView> subtasks();

    /** The latest failures, those that were recovered from too, oldest first; {@code web.exception-history-size} of them. */
    List<Failure> failures();

    /**
     * A failure of a job.
     *
     * @param subtask that failed, null where it was none that did
     */
    record Failure(long atMillis, @Nullable SubtaskId subtask, SerializedThrowable cause) {}

    /**
     * One attempt: vertex in topological order of {@link #jobGraph()}, state and since when.
     *
     * @param counts of records and time, null while it has not ended or where it did not get to run
     */
    record SubtaskView(
            int vertex,
            int index,
            int attempt,
            ExecutionState state,
            Map<ExecutionState, Long> timestamps,
            @Nullable Throwable failure,
            @Nullable IOMetrics counts) {}

    /**
     * How the job ended.
     *
     * @param failure what the job failed of, else null; the user's exception is in its cause chain. A
     *     {@link SerializedThrowable} for who asks when the job has ended and its classes are gone
     */
    record Result(
            JobStatus status,
            @Nullable Throwable failure,
            long runtimeMillis,
            Map<String, SerializedValue<OptionalFailure<Object>>> accumulators) {}
}
