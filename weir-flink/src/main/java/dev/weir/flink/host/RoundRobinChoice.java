package dev.weir.flink.host;

/** One channel after the other, as Flink's {@code RebalancePartitioner} and {@code RescalePartitioner}. */
final class RoundRobinChoice implements ChannelChoice {
    private final int channels;
    private int last;

    /** @param last the channel before the first one */
    RoundRobinChoice(int channels, int last) {
        this.channels = channels;
        this.last = last;
    }

    @Override
    public int channel(Object value, long timestamp) {
        int next = last + 1;
        if (next >= channels) {
            next = 0;
        }
        last = next;
        return next;
    }
}
