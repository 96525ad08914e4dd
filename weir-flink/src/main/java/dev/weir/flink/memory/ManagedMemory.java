package dev.weir.flink.memory;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;

/**
 * The managed memory of a job's slots. All slots of a job are of one size, and all of its vertices may run at once, so what
 * there is is divided by the number of slots. Within a slot Flink divides it, by operators and consumer weights.
 */
public final class ManagedMemory {
    /** What Flink's local execution has where nothing is set; a launched process has set it. */
    private static final MemorySize EMBEDDED = MemorySize.ofMebiBytes(128);

    /** Less than this is of no use to a sort, so the slots of very many regions get more than there is, together. */
    private static final long SLOT_MIN = 1 << 20;

    private static final String LEGACY = "DATAPROC";

    private ManagedMemory() {}

    /**
     * What one slot has.
     *
     * @param slots of the job
     */
    public static long slotBytes(Configuration configuration, int slots) {
        long all = bytes(configuration);
        int offered =
                configuration.getOptional(TaskManagerOptions.NUM_TASK_SLOTS).orElse(1);
        return Math.max(SLOT_MIN, all / Math.max(1, Math.max(slots, offered)));
    }

    /**
     * What one slot has of a job that has a part of all.
     *
     * @param slots of the job
     */
    public static long slotBytes(Configuration configuration, int slots, double part) {
        return Math.max(SLOT_MIN, (long) (bytes(configuration) * part) / Math.max(1, slots));
    }

    /** Which part of all a slot has, by its managed memory; at most 1. */
    public static double partOfSlot(Configuration configuration, long slotBytes) {
        return Math.min(1, (double) slotBytes / Math.max(1, bytes(configuration)));
    }

    /** What all slots have together. */
    public static long bytes(Configuration configuration) {
        return configuration
                .getOptional(TaskManagerOptions.MANAGED_MEMORY_SIZE)
                .orElse(EMBEDDED)
                .getBytes();
    }

    /**
     * The configuration with weights as Flink reads them: one weight for state and operators, as until Flink 1.12, counts for
     * each of the two that has none.
     */
    public static Configuration withWeights(Configuration configuration) {
        Map<String, String> weights = configuration
                .getOptional(TaskManagerOptions.MANAGED_MEMORY_CONSUMER_WEIGHTS)
                .orElse(Map.of());
        String legacy = weights.get(LEGACY);
        if (legacy == null) {
            return configuration;
        }
        Map<String, String> split = new HashMap<>(weights);
        split.remove(LEGACY);
        split.putIfAbsent(TaskManagerOptions.MANAGED_MEMORY_CONSUMER_NAME_OPERATOR, legacy);
        split.putIfAbsent(TaskManagerOptions.MANAGED_MEMORY_CONSUMER_NAME_STATE_BACKEND, legacy);
        Configuration changed = new Configuration(configuration);
        changed.set(TaskManagerOptions.MANAGED_MEMORY_CONSUMER_WEIGHTS, split);
        return changed;
    }
}
