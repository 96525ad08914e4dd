package dev.weir.engine.job;

import dev.weir.engine.checkpoint.Subtask;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One attempt of a dataflow, or of a region of it, that was started. Every method may be called from any thread; none blocks. */
public interface JobRun extends CheckpointMessages {

    JobState state();

    /** Completes, always normally, with the terminal state when no thread of a subtask is left. */
    CompletableFuture<Outcome> outcome();

    /** Asks for cancellation; idempotent. Blocking user code is interrupted. */
    void cancel();

    /** Fails all subtasks with a cause from outside its tasks, such as a coordinator. */
    void fail(Throwable cause);

    /** Current state of every subtask. */
    Map<Subtask, SubtaskState> subtasks();

    /**
     * How the run ended.
     *
     * @param failure the root cause where the state is FAILED
     * @param failedSubtask name of the subtask that failed first, null where the failure came from outside
     * @param gaveUpThreads whether a thread of user code did not stop in time and may still run
     */
    record Outcome(
            JobState state, @Nullable Throwable failure, @Nullable String failedSubtask, boolean gaveUpThreads) {}
}
