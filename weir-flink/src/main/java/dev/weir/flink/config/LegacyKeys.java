package dev.weir.flink.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;

/**
 * Keys of earlier versions of Flink that the present one has not even as old names of others: what has become of each. Flink
 * passes over them in silence.
 */
public final class LegacyKeys {
    private static final String SNAPSHOTS = "no effect: snapshots of state are asynchronous always";
    private static final String PROCESS = "no effect: set taskmanager.memory.process.size";

    private static final Map<String, String> KEYS = new TreeMap<>(Map.ofEntries(
            Map.entry("state.backend.async", SNAPSHOTS),
            Map.entry("state.backend.heap.async", SNAPSHOTS),
            Map.entry(
                    "state.backend.rocksdb.ttl.compaction.filter.enabled",
                    "no effect: expired state goes when RocksDB compacts its files always"),
            Map.entry(
                    "execution.checkpointing.prefer-checkpoint-for-recovery",
                    "no effect: a job goes back to its latest checkpoint or savepoint"),
            Map.entry("taskmanager.network.memory.buffers-per-channel", "honoured, though Flink has fixed it at 2"),
            Map.entry(
                    "taskmanager.network.memory.floating-buffers-per-gate", "honoured, though Flink has fixed it at 8"),
            Map.entry(
                    "taskmanager.network.numberOfBuffers",
                    "no effect: set taskmanager.memory.network.min and taskmanager.memory.network.max"),
            Map.entry("taskmanager.heap.size", PROCESS),
            Map.entry("taskmanager.heap.mb", PROCESS),
            Map.entry("jobmanager.heap.size", "no effect: set jobmanager.memory.heap.size"),
            Map.entry("jobmanager.heap.mb", "no effect: set jobmanager.memory.heap.size"),
            Map.entry("taskmanager.memory.fraction", "no effect: set taskmanager.memory.managed.fraction"),
            Map.entry("taskmanager.memory.off-heap", "no effect: managed memory is off-heap always"),
            Map.entry("taskmanager.memory.preallocate", "no effect: managed memory is taken when it is needed")));

    private LegacyKeys() {}

    /** What has become of a key; empty where it is none of these. */
    public static Optional<String> of(String key) {
        return Optional.ofNullable(KEYS.get(key));
    }

    /** A line for each such key that a configuration has. */
    public static List<String> in(Configuration configuration) {
        Map<String, String> set = configuration.toMap();
        return KEYS.entrySet().stream()
                .filter(key -> set.containsKey(key.getKey()))
                .map(key ->
                        key.getKey() + "=" + set.get(key.getKey()) + ": a key of an earlier Flink; " + key.getValue())
                .toList();
    }

    /** All of them. */
    static Map<String, String> all() {
        return KEYS;
    }
}
