package dev.weir.engine.diagnosis;

import java.util.List;

/**
 * How records are spread over keys and key groups. Immutable.
 *
 * @param records that were counted, a part of those that were read
 * @param hottest keys, the hottest first; shares are of the counted records, and estimates
 * @param keyGroups with the most records, the first first
 * @param keyGroupsRead how many were met
 */
public record KeySpread(long records, List<Key> hottest, List<Group> keyGroups, int keyGroupsRead) {

    /**
     * A key.
     *
     * @param key as text, cut where it is long
     * @param subtask that reads it, from 0
     */
    public record Key(String key, double share, int subtask) {}

    /** A key group and the subtask that reads it, from 0. */
    public record Group(int keyGroup, double share, int subtask) {}

    public KeySpread {
        hottest = List.copyOf(hottest);
        keyGroups = List.copyOf(keyGroups);
    }
}
