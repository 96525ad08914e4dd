package dev.weir.bench.measure;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How long checkpoints took, from their trigger to where a subtask hears that they are complete. Thread-safe. */
public final class Durations {
    private static final Map<Long, Long> TRIGGERED = new HashMap<>();
    private static final List<Long> MILLIS = new ArrayList<>();

    private Durations() {}

    /** A subtask takes part in a checkpoint. */
    public static synchronized void begun(long id, long triggeredMillis) {
        TRIGGERED.put(id, triggeredMillis);
    }

    /** A subtask hears that a checkpoint is complete. */
    public static synchronized void completed(long id) {
        Long triggered = TRIGGERED.remove(id);
        if (triggered != null) {
            MILLIS.add(System.currentTimeMillis() - triggered);
        }
    }

    /** Those that begin from now on count. */
    public static synchronized void clear() {
        TRIGGERED.clear();
        MILLIS.clear();
    }

    /** Of all that are complete, in milliseconds. */
    public static synchronized long[] sortedMillis() {
        return MILLIS.stream().mapToLong(millis -> millis).sorted().toArray();
    }

    /** The quantile of sorted values; -1 where there are none. */
    public static long quantile(long[] sorted, double quantile) {
        return sorted.length == 0 ? -1 : sorted[(int) Math.min(sorted.length - 1, sorted.length * quantile)];
    }

    /** A process says once when its first record is through, and whether it found state: see {@code bench/kill}. */
    @SuppressWarnings("SystemOut") // how it speaks to the script
    public static void firstRecord(boolean stateFound) {
        if (Boolean.getBoolean("bench.tell")) {
            System.out.println("first-record " + System.currentTimeMillis() + " " + stateFound);
        }
    }
}
