package dev.weir.engine.exchange;

import org.jspecify.annotations.Nullable;

/**
 * What the records between the tasks of a job may take, counted in segments, as Flink counts its buffers. Nothing is
 * allocated ahead: a segment is a right to have so many bytes in flight.
 *
 * @param bytes in all
 * @param segmentBytes of one segment
 * @param channelSegments what each channel may have for itself, where there are enough
 * @param floatingSegments what the channels of one producer may have beside that, where there are enough
 * @param gateSegmentsMax what the channels that meet in one input of one subtask need at most, all together
 * @param debloating how the size of batches follows the throughput; null where it does not
 * @param spilling where the results of blocking exchanges go; null where they stay in memory, without a bound
 * @param elastic whether segments are smaller for a job that needs more of them than there are; else it is refused
 */
public record NetworkMemory(
        long bytes,
        int segmentBytes,
        int channelSegments,
        int floatingSegments,
        int gateSegmentsMax,
        @Nullable Debloating debloating,
        @Nullable Spilling spilling,
        boolean elastic) {
    /** Flink's, for a local execution in which nothing is set. */
    public static final NetworkMemory DEFAULT =
            new NetworkMemory(64 << 20, 32 << 10, 2, 8, Integer.MAX_VALUE, null, null, true);

    public NetworkMemory {
        if (bytes < 0 || segmentBytes < 1 || channelSegments < 1 || floatingSegments < 0 || gateSegmentsMax < 1) {
            throw new IllegalArgumentException("network memory needs bytes=" + bytes + " >= 0, segmentBytes="
                    + segmentBytes + " >= 1, channelSegments=" + channelSegments + " >= 1, floatingSegments="
                    + floatingSegments + " >= 0 and gateSegmentsMax=" + gateSegmentsMax + " >= 1");
        }
    }

    public long segments() {
        return bytes / segmentBytes;
    }

    /** A part of this, up to all of it. */
    public NetworkMemory part(double part) {
        return new NetworkMemory(
                (long) (bytes * part),
                segmentBytes,
                channelSegments,
                floatingSegments,
                gateSegmentsMax,
                debloating,
                spilling,
                elastic);
    }
}
