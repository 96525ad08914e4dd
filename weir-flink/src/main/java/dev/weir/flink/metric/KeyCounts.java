package dev.weir.flink.metric;

import java.util.List;
import java.util.Map;

/**
 * How many records of which keys a subtask has read during a look at them. Immutable.
 *
 * @param records by estimate
 * @param hottest the keys with the most records, the first first
 * @param keyGroups records by key group
 */
public record KeyCounts(long records, List<Key> hottest, Map<Integer, Long> keyGroups) {
    /** Of a subtask without keys, or that has ended. */
    public static final KeyCounts NONE = new KeyCounts(0, List.of(), Map.of());

    /** A key as text, and its records by estimate. */
    public record Key(String key, long records) {}

    public KeyCounts {
        hottest = List.copyOf(hottest);
        keyGroups = Map.copyOf(keyGroups);
    }
}
