package dev.weir.flink.state.snapshot;

import java.util.List;

/**
 * How large one state of an operator is, over all subtasks.
 *
 * @param name of the state
 * @param kind such as value, map or timers
 * @param keys pairs of key and namespace; 0 where state has no keys
 * @param entries a map has one for each of its keys, operator state one for each element or partition
 * @param bytes as the snapshot has them, uncompressed where it is counted entry by entry
 * @param largest keys that take most, first the largest
 */
public record StateSize(String name, String kind, long keys, long entries, long bytes, List<OfKey> largest) {

    /**
     * What the state has for one key in one namespace.
     *
     * @param key as text, with the namespace where there is one
     */
    public record OfKey(String key, long entries, long bytes) {}
}
