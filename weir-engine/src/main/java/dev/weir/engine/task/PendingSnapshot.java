package dev.weir.engine.task;

import dev.weir.engine.checkpoint.SubtaskSnapshot;

/**
 * A subtask's snapshot after its synchronous part: what is left is to be written on another thread. The subtask does not end
 * before it was completed or cancelled.
 */
public interface PendingSnapshot {

    /** Writes the snapshot; called once, on any thread. Blocks. Nothing is left behind where it throws. */
    SubtaskSnapshot complete() throws Exception;

    /** Any thread, idempotent, may race with {@link #complete()}: gives the snapshot up and removes what was written. */
    void cancel();
}
