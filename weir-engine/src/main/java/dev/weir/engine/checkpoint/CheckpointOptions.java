package dev.weir.engine.checkpoint;

/**
 * How a checkpoint is taken; travels with its barriers. Immutable.
 *
 * @param action {@link PostCheckpointAction#NONE} unless the kind is a savepoint
 * @param alignedTimeoutMillis after how long an aligned barrier may overtake, with {@link
 *     Alignment#ALIGNED_WITH_TIMEOUT}; else {@link Long#MAX_VALUE}
 */
public record CheckpointOptions(
        CheckpointKind kind, PostCheckpointAction action, Alignment alignment, long alignedTimeoutMillis) {

    /** What a barrier does to the channels of a gate. */
    public enum Alignment {
        /** Blocks none: records behind the barrier may be in the snapshot, and come again after a restore. */
        AT_LEAST_ONCE,
        /** Blocks each until all have brought it. */
        ALIGNED,
        /** Overtakes what is in flight, which becomes part of the snapshot. */
        UNALIGNED,
        /** Begins as {@link #ALIGNED} and goes on as {@link #UNALIGNED} when the timeout is over. */
        ALIGNED_WITH_TIMEOUT;

        /** Whether a barrier may overtake what is in flight, at once or later. */
        public boolean mayOvertake() {
            return this == UNALIGNED || this == ALIGNED_WITH_TIMEOUT;
        }
    }

    public CheckpointOptions {
        if (kind.isSavepoint() && alignment.mayOvertake()) {
            throw new IllegalArgumentException("Savepoint can't be unaligned");
        }
        if (!kind.isSavepoint() && action != PostCheckpointAction.NONE) {
            throw new IllegalArgumentException("only a savepoint has an action: kind=" + kind + ", action=" + action);
        }
        if ((alignment == Alignment.ALIGNED_WITH_TIMEOUT) != (alignedTimeoutMillis != Long.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "alignment=" + alignment + " with alignedTimeoutMillis=" + alignedTimeoutMillis);
        }
    }

    /** Whether the job's subtasks wait for its completion and then end. */
    public boolean isSynchronous() {
        return action != PostCheckpointAction.NONE;
    }

    /** Whether records behind the barrier are kept out of the snapshot. */
    public boolean isExactlyOnce() {
        return alignment != Alignment.AT_LEAST_ONCE;
    }
}
