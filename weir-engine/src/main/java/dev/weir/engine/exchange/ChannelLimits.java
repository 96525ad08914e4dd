package dev.weir.engine.exchange;

/**
 * How much one channel holds.
 *
 * <p>The first batch of a channel is small and the next ones grow while they fill up before the consumer gets to them,
 * so an edge of many quiet channels stays cheap.
 *
 * @param batchesMax batches in flight in a bounded channel, whatever its credit
 * @param batchRecordsFirst slots of a channel's first batch
 * @param batchRecordsMax slots of its largest
 */
public record ChannelLimits(int batchesMax, int batchRecordsFirst, int batchRecordsMax) {
    /** How many batches there may be is a matter of credit. */
    public static final ChannelLimits DEFAULT = new ChannelLimits(1 << 16, 16, 256);

    /** What one producer or one consumer of an edge may have in flight in all its channels, in slots of one batch each. */
    private static final int EDGE_RECORDS = 16_384;

    public ChannelLimits {
        if (batchesMax < 1 || batchRecordsFirst < 1 || batchRecordsMax < batchRecordsFirst) {
            throw new IllegalArgumentException(
                    "channel limits need batchesMax=" + batchesMax + " >= 1 and 1 <= batchRecordsFirst="
                            + batchRecordsFirst + " <= batchRecordsMax=" + batchRecordsMax);
        }
    }

    /** The same for one channel out of {@code channels} that meet in one subtask: the more there are the smaller each is. */
    public ChannelLimits among(int channels) {
        int share = Integer.highestOneBit(Math.max(1, EDGE_RECORDS / Math.max(1, channels)));
        int max = Math.max(batchRecordsFirst, Math.min(batchRecordsMax, share));
        return new ChannelLimits(batchesMax, batchRecordsFirst, max);
    }
}
