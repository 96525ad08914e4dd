package dev.weir.engine.task;

/** A subtask takes no part in a checkpoint, which is therefore given up; the subtask goes on. */
public final class CheckpointDeclinedException extends Exception {
    private static final long serialVersionUID = 1L;

    public CheckpointDeclinedException(String message) {
        super(message);
    }
}
