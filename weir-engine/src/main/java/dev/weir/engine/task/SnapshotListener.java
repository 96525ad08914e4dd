package dev.weir.engine.task;

/** Hears of the snapshots of a job's subtasks. Called on their threads; must not block. */
public interface SnapshotListener {

    /** A subtask has passed the barrier. Whoever hears this completes or cancels the snapshot. */
    void taken(SubtaskId subtask, CheckpointBarrier barrier, SnapshotTimes times, PendingSnapshot snapshot);

    /** All that a subtask has to emit is in its channels: it waits for its last checkpoint. */
    void dataEnded(SubtaskId subtask);

    /** A subtask takes no part in a checkpoint. */
    void declined(SubtaskId subtask, long checkpointId, Throwable cause);
}
