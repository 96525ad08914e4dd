package dev.weir.engine.task;

/**
 * Where the time of a snapshot's synchronous side went, by Flink's definitions.
 *
 * @param startDelayMillis from the trigger of the checkpoint to the first barrier, by the wall clock
 * @param alignmentNanos from the first barrier to the last
 * @param alignmentBytes read between the two
 * @param syncNanos of the synchronous part
 * @param unaligned whether the barrier has overtaken records
 */
public record SnapshotTimes(
        long startDelayMillis, long alignmentNanos, long alignmentBytes, long syncNanos, boolean unaligned) {
    /** Of no snapshot. */
    public static final SnapshotTimes NONE = new SnapshotTimes(0, 0, 0, 0, false);
}
