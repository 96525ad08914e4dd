package dev.weir.engine.exchange;

/**
 * What the records between the tasks of a job may take, counted in segments, as Flink counts its buffers. Nothing is
 * allocated ahead: a segment is a right to have so many bytes in flight.
 *
 * @param bytes in all
 * @param segmentBytes of one segment
 * @param gateSegmentsMax what the channels that meet in one input of one subtask need at most, all together
 * @param elastic whether segments are smaller for a job that needs more of them than there are; else it is refused
 */
public record NetworkMemory(long bytes, int segmentBytes, int gateSegmentsMax, boolean elastic) {
    /** Flink's, for a local execution in which nothing is set. */
    public static final NetworkMemory DEFAULT = new NetworkMemory(64 << 20, 32 << 10, Integer.MAX_VALUE, true);

    public NetworkMemory {
        if (bytes < 0 || segmentBytes < 1 || gateSegmentsMax < 1) {
            throw new IllegalArgumentException("network memory needs bytes=" + bytes + " >= 0, segmentBytes="
                    + segmentBytes + " >= 1 and gateSegmentsMax=" + gateSegmentsMax + " >= 1");
        }
    }

    public long segments() {
        return bytes / segmentBytes;
    }
}
