package dev.weir.engine.checkpoint;

/**
 * What a subtask measured while it took its snapshot. Times in nanoseconds, sizes in bytes.
 *
 * @param startDelayNanos from the trigger to the first barrier
 * @param alignmentNanos from the first barrier to the last
 * @param alignmentProcessedBytes what was processed meanwhile
 * @param alignmentPersistedBytes what in-flight data is part of the snapshot
 * @param syncNanos during which the task did nothing else
 * @param asyncNanos in the background
 * @param checkpointedBytes written for this checkpoint
 * @param fullBytes of all that the snapshot refers to
 * @param unaligned whether the barrier overtook data
 */
public record SubtaskMetrics(
        long startDelayNanos,
        long alignmentNanos,
        long alignmentProcessedBytes,
        long alignmentPersistedBytes,
        long syncNanos,
        long asyncNanos,
        long checkpointedBytes,
        long fullBytes,
        boolean unaligned) {

    public static final SubtaskMetrics NONE = new SubtaskMetrics(0, 0, 0, 0, 0, 0, 0, 0, false);

    public SubtaskMetrics {
        boolean known = startDelayNanos >= 0
                && alignmentNanos >= 0
                && alignmentProcessedBytes >= 0
                && alignmentPersistedBytes >= 0
                && syncNanos >= 0
                && asyncNanos >= 0
                && checkpointedBytes >= 0
                && fullBytes >= 0;
        if (!known) {
            throw new IllegalArgumentException("a negative measure");
        }
    }
}
