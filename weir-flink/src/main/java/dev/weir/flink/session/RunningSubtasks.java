package dev.weir.flink.session;

import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.job.CheckpointMessages;
import org.jspecify.annotations.Nullable;

/** The subtasks of a job, whichever attempt of theirs runs now, as its checkpoints see them. Thread-safe. */
interface RunningSubtasks extends CheckpointMessages {

    /**
     * A checkpoint went wrong in a way that only a restart mends.
     *
     * @param subtask whose attempt is to blame; null: the whole job
     */
    void fail(Throwable cause, @Nullable Subtask subtask);
}
