package dev.weir.engine.exchange;

/**
 * How full channels are, as far as a thread that is not theirs can see: a figure for people, some batches late.
 *
 * @param batches with elements that have not been read
 * @param ratio of the credit that is used, 0 to 1: that of the fullest edge, where there are several
 */
public record Occupancy(int batches, double ratio) {
    public static final Occupancy NONE = new Occupancy(0, 0);

    static Occupancy of(Channel[] channels, double ratio) {
        int batches = 0;
        for (Channel channel : channels) {
            batches += channel.unreadBatches();
        }
        return new Occupancy(batches, ratio);
    }

    /** Of several writers together. */
    public static Occupancy of(ChannelWriter[] writers) {
        int batches = 0;
        double ratio = 0;
        for (ChannelWriter writer : writers) {
            Occupancy each = writer.occupancy();
            batches += each.batches();
            ratio = Math.max(ratio, each.ratio());
        }
        return new Occupancy(batches, ratio);
    }
}
