package dev.weir.engine.checkpoint;

/** What is written. */
public enum CheckpointKind {
    /** As the job is configured; may share files with the checkpoint before it. */
    CHECKPOINT,
    /** A checkpoint that shares nothing with an earlier one. */
    FULL_CHECKPOINT,
    /** A savepoint in Flink's canonical format. */
    SAVEPOINT_CANONICAL,
    /** A savepoint in the store's own format. */
    SAVEPOINT_NATIVE;

    public boolean isSavepoint() {
        return this == SAVEPOINT_CANONICAL || this == SAVEPOINT_NATIVE;
    }
}
