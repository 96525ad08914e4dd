package dev.weir.engine.job;

import dev.weir.engine.task.CheckpointBarrier;

/**
 * What running subtasks are told of checkpoints. Every method may be called from any thread; none blocks. A subtask that
 * does not run hears of nothing.
 */
public interface CheckpointMessages {

    /** Has a subtask take part in a checkpoint whose barrier will not reach it through a channel. */
    void triggerCheckpoint(int vertex, int subtask, CheckpointBarrier barrier);

    /** Tells a subtask that a checkpoint has completed. */
    void checkpointCompleted(int vertex, int subtask, long id);

    /** Tells a subtask that a checkpoint was given up. */
    void checkpointAborted(int vertex, int subtask, long id);
}
