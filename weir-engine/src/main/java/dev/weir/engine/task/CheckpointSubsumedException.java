package dev.weir.engine.task;

/** A task gave a checkpoint up, since the barrier of a later one has come first. */
public final class CheckpointSubsumedException extends Exception {
    private static final long serialVersionUID = 1L;

    CheckpointSubsumedException(long id) {
        super("checkpoint " + id + " cannot be complete at this task: the barrier of a later one came first");
    }
}
