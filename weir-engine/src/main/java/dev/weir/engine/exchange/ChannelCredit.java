package dev.weir.engine.exchange;

/**
 * How much the channels of one producer may have in flight, in batches of a channel's own size.
 *
 * @param exclusive for each channel, at least 1: with it a channel goes on whatever the others do
 * @param floating for all channels together, on top of that
 */
public record ChannelCredit(int exclusive, int floating) {
    public ChannelCredit {
        if (exclusive < 1 || floating < 0) {
            throw new IllegalArgumentException(
                    "credit needs exclusive=" + exclusive + " >= 1 and floating=" + floating + " >= 0");
        }
    }
}
