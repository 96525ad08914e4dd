package dev.weir.engine.job;

/**
 * The life of a run; the names are those of Flink's {@code JobStatus}.
 *
 * <pre>
 * CREATED -> RUNNING -> FINISHED
 *    |          +-> FAILING -> FAILED
 *    +----------+-> CANCELLING -> CANCELED, or FAILED where a task had to be given up
 * </pre>
 */
public enum JobState {
    CREATED,
    RUNNING,
    FAILING,
    FAILED,
    CANCELLING,
    CANCELED,
    FINISHED;

    public boolean isTerminal() {
        return this == FAILED || this == CANCELED || this == FINISHED;
    }
}
