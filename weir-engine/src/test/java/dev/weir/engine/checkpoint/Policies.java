package dev.weir.engine.checkpoint;

import dev.weir.engine.checkpoint.CheckpointPolicy.Mode;
import dev.weir.engine.checkpoint.CheckpointPolicy.Retention;

/** Policies that differ from a common one, Flink's defaults with an interval of 100 ms, in one respect each. */
record Policies(CheckpointPolicy policy) {

    static Policies usual() {
        return new Policies(new CheckpointPolicy(
                100, 100, 0, 10_000, 1, 0, 1, Mode.EXACTLY_ONCE, Retention.ON_FAILURE, false, 0, true));
    }

    Policies interval(long millis) {
        return with(millis, policy.minPauseMillis(), policy.maxConcurrent(), policy.tolerableFailures());
    }

    Policies minPause(long millis) {
        return with(policy.intervalMillis(), millis, policy.maxConcurrent(), policy.tolerableFailures());
    }

    Policies maxConcurrent(int count) {
        return with(policy.intervalMillis(), policy.minPauseMillis(), count, policy.tolerableFailures());
    }

    Policies tolerable(int failures) {
        return with(policy.intervalMillis(), policy.minPauseMillis(), policy.maxConcurrent(), failures);
    }

    private Policies with(long interval, long minPause, int maxConcurrent, int tolerable) {
        return new Policies(new CheckpointPolicy(
                interval,
                interval,
                minPause,
                policy.timeoutMillis(),
                maxConcurrent,
                tolerable,
                policy.numRetained(),
                policy.mode(),
                policy.retention(),
                policy.unaligned(),
                policy.alignedTimeoutMillis(),
                policy.afterTasksFinish()));
    }

    Policies retaining(int count, Retention retention) {
        return new Policies(new CheckpointPolicy(
                policy.intervalMillis(),
                policy.backlogIntervalMillis(),
                policy.minPauseMillis(),
                policy.timeoutMillis(),
                policy.maxConcurrent(),
                policy.tolerableFailures(),
                count,
                policy.mode(),
                retention,
                policy.unaligned(),
                policy.alignedTimeoutMillis(),
                policy.afterTasksFinish()));
    }

    Policies aligning(Mode mode, boolean unaligned, long alignedTimeoutMillis) {
        return new Policies(new CheckpointPolicy(
                policy.intervalMillis(),
                policy.backlogIntervalMillis(),
                policy.minPauseMillis(),
                policy.timeoutMillis(),
                policy.maxConcurrent(),
                policy.tolerableFailures(),
                policy.numRetained(),
                mode,
                policy.retention(),
                unaligned,
                alignedTimeoutMillis,
                policy.afterTasksFinish()));
    }

    Policies withoutFinishedTasks() {
        return new Policies(new CheckpointPolicy(
                policy.intervalMillis(),
                policy.backlogIntervalMillis(),
                policy.minPauseMillis(),
                policy.timeoutMillis(),
                policy.maxConcurrent(),
                policy.tolerableFailures(),
                policy.numRetained(),
                policy.mode(),
                policy.retention(),
                policy.unaligned(),
                policy.alignedTimeoutMillis(),
                false));
    }
}
