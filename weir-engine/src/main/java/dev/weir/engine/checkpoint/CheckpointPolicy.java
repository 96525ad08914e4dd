package dev.weir.engine.checkpoint;

import dev.weir.engine.checkpoint.CheckpointOptions.Alignment;
import java.util.random.RandomGenerator;

/**
 * When checkpoints are taken and what becomes of them. Immutable.
 *
 * @param intervalMillis from one periodic checkpoint to the next, at least 10; {@link Long#MAX_VALUE}: no periodic ones.
 *     Lifted to {@code minPauseMillis} where it is shorter
 * @param backlogIntervalMillis the same while a source works off a backlog, {@link Long#MAX_VALUE}: none are taken then
 * @param minPauseMillis from the latest completion, of whatever kind, to the next periodic checkpoint; a year at most
 * @param timeoutMillis after which a checkpoint is given up, at least 10
 * @param maxConcurrent how many may be in flight; 1 where {@code unaligned}
 * @param tolerableFailures how many in a row the job survives; -1: any number
 * @param numRetained how many completed checkpoints are kept, at least 1
 * @param alignedTimeoutMillis with {@code unaligned}: how long a barrier is aligned before it overtakes; 0 or {@link
 *     Long#MAX_VALUE}: it overtakes at once
 * @param afterTasksFinish whether checkpoints go on after a subtask has finished
 */
public record CheckpointPolicy(
        long intervalMillis,
        long backlogIntervalMillis,
        long minPauseMillis,
        long timeoutMillis,
        int maxConcurrent,
        int tolerableFailures,
        int numRetained,
        Mode mode,
        Retention retention,
        boolean unaligned,
        long alignedTimeoutMillis,
        boolean afterTasksFinish) {

    private static final long LEAST_MILLIS = 10;
    private static final long YEAR_MILLIS = 365L * 24 * 60 * 60 * 1_000;

    /** The guarantee for state. */
    public enum Mode {
        EXACTLY_ONCE,
        AT_LEAST_ONCE
    }

    /** Which ends of a job leave its checkpoints in place. A finished job's are always dropped, a suspended one's never. */
    public enum Retention {
        /** None. */
        NEVER,
        /** A failure; Flink's {@code DELETE_ON_CANCELLATION}. */
        ON_FAILURE,
        /** A failure and a cancellation; Flink's {@code RETAIN_ON_CANCELLATION}. */
        ON_CANCELLATION;

        /** Whether they stay. */
        public boolean keeps(CheckpointEvent.End end) {
            return switch (end) {
                case FINISHED -> false;
                case FAILED -> this != NEVER;
                case CANCELLED -> this == ON_CANCELLATION;
                case SUSPENDED -> true;
            };
        }
    }

    public CheckpointPolicy {
        atLeast("intervalMillis", intervalMillis, LEAST_MILLIS);
        atLeast("backlogIntervalMillis", backlogIntervalMillis, LEAST_MILLIS);
        atLeast("minPauseMillis", minPauseMillis, 0);
        atLeast("timeoutMillis", timeoutMillis, LEAST_MILLIS);
        atLeast("maxConcurrent", maxConcurrent, 1);
        atLeast("tolerableFailures", tolerableFailures, -1);
        atLeast("numRetained", numRetained, 1);
        atLeast("alignedTimeoutMillis", alignedTimeoutMillis, 0);
        if (unaligned && maxConcurrent > 1) {
            throw new IllegalArgumentException("maxConcurrent=" + maxConcurrent + " > 1 with unaligned checkpoints");
        }
        minPauseMillis = Math.min(minPauseMillis, YEAR_MILLIS);
        intervalMillis = Math.max(intervalMillis, minPauseMillis);
    }

    private static void atLeast(String name, long actual, long least) {
        if (actual < least) {
            throw new IllegalArgumentException(name + "=" + actual + " < " + least);
        }
    }

    public boolean isPeriodic() {
        return intervalMillis != Long.MAX_VALUE;
    }

    /** How long after the first start the first periodic checkpoint comes: anywhere between the pause and the interval. */
    public long initialDelayMillis(RandomGenerator random) {
        return isPeriodic() ? random.nextLong(minPauseMillis, intervalMillis + 1) : minPauseMillis;
    }

    /** How a checkpoint of a kind is taken under this policy. */
    public CheckpointOptions options(CheckpointKind kind, PostCheckpointAction action) {
        Alignment alignment = alignment(kind);
        long timeout = alignment == Alignment.ALIGNED_WITH_TIMEOUT ? alignedTimeoutMillis : Long.MAX_VALUE;
        return new CheckpointOptions(kind, action, alignment, timeout);
    }

    private Alignment alignment(CheckpointKind kind) {
        if (mode == Mode.AT_LEAST_ONCE) {
            return Alignment.AT_LEAST_ONCE;
        }
        if (!unaligned || kind.isSavepoint()) {
            return Alignment.ALIGNED;
        }
        boolean overtakesAtOnce = alignedTimeoutMillis == 0 || alignedTimeoutMillis == Long.MAX_VALUE;
        return overtakesAtOnce ? Alignment.UNALIGNED : Alignment.ALIGNED_WITH_TIMEOUT;
    }
}
