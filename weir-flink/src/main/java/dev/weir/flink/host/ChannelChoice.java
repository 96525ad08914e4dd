package dev.weir.flink.host;

/** Picks the channel of a record. Owned by the thread that emits. */
interface ChannelChoice {
    int channel(Object value, long timestamp);

    /** The hash code of the key of the record that a channel was picked for last, 0 where it has none. */
    default int keyHash() {
        return 0;
    }
}
