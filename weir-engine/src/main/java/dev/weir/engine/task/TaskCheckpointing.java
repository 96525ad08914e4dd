package dev.weir.engine.task;

import java.util.function.LongSupplier;

/**
 * How the tasks of a job take part in checkpoints.
 *
 * @param finalCheckpoint whether a task whose data has ended stays until a checkpoint has completed that it passed after
 *     that, so that what it has to commit is committed (FLIP-147)
 * @param listener hears of snapshots
 * @param epochMillis the wall clock
 */
public record TaskCheckpointing(boolean finalCheckpoint, SnapshotListener listener, LongSupplier epochMillis) {

    /** For jobs that never take a checkpoint. */
    public static final TaskCheckpointing NONE = new TaskCheckpointing(
            false,
            new SnapshotListener() {
                @Override
                public void taken(
                        SubtaskId subtask, CheckpointBarrier barrier, SnapshotTimes times, PendingSnapshot snapshot) {
                    snapshot.cancel();
                }

                @Override
                public void dataEnded(SubtaskId subtask) {}

                @Override
                public void declined(SubtaskId subtask, long checkpointId, Throwable cause) {}
            },
            () -> 0);
}
