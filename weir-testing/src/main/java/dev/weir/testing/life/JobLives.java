package dev.weir.testing.life;

import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyedStore;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs lives of random jobs, each from a seed, with counts by key in a store of the caller's. A life in which something goes
 * wrong is an {@code AssertionError} that names the seed and tells what happened when.
 */
public final class JobLives {

    /** Makes the keyed stores. */
    @FunctionalInterface
    public interface StoreFactory {
        /** An empty store over the given context, which is closed when its process is over. */
        KeyedStore<Integer> create(KeyContext<Integer> context);
    }

    private JobLives() {}

    /**
     * Runs the lives from seed 1 on: as many as {@code weir.seeds} says, or the one of the seed {@code weir.seed}.
     *
     * @param lives how many where nothing is said
     * @return how often was seen what, by what it is
     */
    public static Map<String, Integer> run(StoreFactory stores, long lives) {
        Long one = Long.getLong("weir.seed");
        long first = one == null ? 1 : one;
        long last = one == null ? Long.getLong("weir.seeds", lives) : one;
        Map<String, Integer> seen = new TreeMap<>();
        for (long seed = first; seed <= last; seed++) {
            run(seed, stores, seen);
        }
        return seen;
    }

    private static void run(long seed, StoreFactory stores, Map<String, Integer> seen) {
        seen.merge("life", 1, Integer::sum);
        Life life = new Life(seed, seen, stores);
        try {
            life.run();
        } catch (Throwable t) {
            throw new AssertionError("-Dweir.seed=" + seed + ": " + t.getMessage() + "\n" + life.journal(), t);
        }
    }
}
