package dev.weir.flink.host;

import java.util.Objects;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/** By the key's key group, as Flink's {@code KeyGroupStreamPartitioner}. Template. */
final class KeyGroupChoice implements ChannelChoice {
    private final KeySelector<Object, Object> selector;
    private final int keyGroups;
    private final int channels;
    private int keyHash;

    KeyGroupChoice(KeySelector<Object, Object> selector, int keyGroups, int channels) {
        this.selector = selector;
        this.keyGroups = keyGroups;
        this.channels = channels;
    }

    @Override
    public int channel(Object value, long timestamp) {
        Object key;
        try {
            key = selector.getKey(value);
        } catch (Exception e) {
            throw new RuntimeException("Could not extract key from " + value, e);
        }
        keyHash = Objects.requireNonNull(key, "Assigned key must not be null!").hashCode();
        int keyGroup = KeyGroupRangeAssignment.computeKeyGroupForKeyHash(keyHash, keyGroups);
        return KeyGroupRangeAssignment.computeOperatorIndexForKeyGroup(keyGroups, channels, keyGroup);
    }

    @Override
    public int keyHash() {
        return keyHash;
    }
}
