package dev.weir.flink.host;

/** Picks the channel of a record. Owned by the thread that emits. */
interface ChannelChoice {
    int channel(Object value, long timestamp);
}
