package dev.weir.testing.life;

import dev.weir.testing.simulation.VirtualTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What processes of a job share: the time, chance, and what was seen. */
final class World {
    /** What jobs take for a millisecond: they are through before many real ones are over. */
    static final long MILLI_NANOS = 20_000;

    private final VirtualTime time = new VirtualTime();
    private final Random random;
    private final Map<String, Integer> seen;
    private final Map<String, Boolean> savepoints = new LinkedHashMap<>();
    private final List<String> journal = new ArrayList<>();
    private final int storageNanosMax;
    private long latestCompleted;

    World(Random random, Map<String, Integer> seen) {
        this.random = random;
        this.seen = seen;
        this.storageNanosMax = new int[] {5_000, 100_000, 600_000}[random.nextInt(3)];
    }

    VirtualTime time() {
        return time;
    }

    Random random() {
        return random;
    }

    long nowMillis() {
        return time.nowNanos() / MILLI_NANOS;
    }

    /** How long the disk takes. */
    int storageNanos() {
        return random.nextInt(storageNanosMax);
    }

    /** Longer than what three operations of the disk take: shorter and no checkpoint would ever be complete. */
    long timeoutMillis() {
        return 30 + 3L * storageNanosMax / MILLI_NANOS + random.nextInt(300);
    }

    boolean oneIn(int chances) {
        return random.nextInt(chances) == 0;
    }

    void saw(String what) {
        seen.merge(what, 1, Integer::sum);
        note(what);
    }

    /** For whoever looks into a life that went wrong. */
    void note(String what) {
        journal.add(nowMillis() + " " + what);
    }

    List<String> journal() {
        return journal;
    }

    void completed(long id) {
        saw("completed");
        note("checkpoint " + id);
        if (id <= latestCompleted) {
            throw new AssertionError("checkpoint " + id + " is complete after " + latestCompleted);
        }
        latestCompleted = id;
    }

    void answered(@Nullable String location) {
        if (location != null && location.startsWith(CheckpointFiles.SAVEPOINTS.toString())) {
            saw("savepoint");
            savepoints.put(location, true);
        }
    }

    /** All that people asked for and got. */
    Iterable<String> savepoints() {
        return savepoints.keySet();
    }
}
