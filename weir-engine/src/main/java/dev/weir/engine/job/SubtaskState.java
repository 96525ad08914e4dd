package dev.weir.engine.job;

/**
 * The life of one attempt of a subtask; the names are Flink's {@code ExecutionState}s.
 *
 * <pre>
 * CREATED -> DEPLOYING -> INITIALIZING -> RUNNING -> FINISHED
 *    |           |             |             |
 *    +-----------+-------------+-------------+--> CANCELING -> CANCELED
 *    +-----------+-------------+-------------+--> FAILED
 * </pre>
 */
public enum SubtaskState {
    CREATED,
    DEPLOYING,
    INITIALIZING,
    RUNNING,
    FINISHED,
    CANCELING,
    CANCELED,
    FAILED;

    public boolean isTerminal() {
        return this == FINISHED || this == CANCELED || this == FAILED;
    }
}
