package dev.weir.engine.exchange;

/**
 * How full channels are, as far as a thread that is not theirs can see: a figure for people, some batches late.
 *
 * @param batches with elements that have not been read
 * @param batchesMax how many would fill all channels; those without a bound count for nothing
 */
public record Occupancy(int batches, int batchesMax) {
    public static final Occupancy NONE = new Occupancy(0, 0);

    /** The part of the bound that is used, 0 to 1. */
    public double ratio() {
        return batchesMax == 0 ? 0 : Math.min(1, (double) batches / batchesMax);
    }

    Occupancy plus(Occupancy other) {
        return new Occupancy(batches + other.batches, batchesMax + other.batchesMax);
    }

    static Occupancy of(Channel[] channels) {
        Occupancy sum = NONE;
        for (Channel channel : channels) {
            sum = sum.plus(channel.occupancy());
        }
        return sum;
    }

    /** Of several writers together. */
    public static Occupancy of(ChannelWriter[] writers) {
        Occupancy sum = NONE;
        for (ChannelWriter writer : writers) {
            sum = sum.plus(writer.occupancy());
        }
        return sum;
    }
}
