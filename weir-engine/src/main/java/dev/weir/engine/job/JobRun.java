package dev.weir.engine.job;

import dev.weir.engine.task.CheckpointBarrier;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A job that was started. Every method may be called from any thread; none blocks. */
public interface JobRun {

    JobState state();

    /** Completes, always normally, with the terminal state when no thread of the job is left. */
    CompletableFuture<Outcome> outcome();

    /** Asks for cancellation; idempotent. Blocking user code is interrupted. */
    void cancel();

    /** Fails the job with a cause from outside its tasks, such as a coordinator. */
    void fail(Throwable cause);

    /** Has a subtask take part in a checkpoint whose barrier will not reach it through a channel. */
    void triggerCheckpoint(int vertex, int subtask, CheckpointBarrier barrier);

    /** Tells a subtask that a checkpoint has completed. */
    void checkpointCompleted(int vertex, int subtask, long id);

    /** Tells a subtask that a checkpoint was given up. */
    void checkpointAborted(int vertex, int subtask, long id);

    /** Current state of every subtask: outer index vertex, inner index subtask. */
    List<List<SubtaskState>> subtasks();

    /**
     * How the job ended.
     *
     * @param failure the root cause where the state is FAILED
     * @param failedSubtask name of the subtask that failed first, null where the failure came from outside
     * @param gaveUpThreads whether a thread of user code did not stop in time and may still run
     */
    record Outcome(
            JobState state, @Nullable Throwable failure, @Nullable String failedSubtask, boolean gaveUpThreads) {}
}
