package dev.weir.testing.life;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The keyed stores of a process, which are gone with it. */
final class Stores implements AutoCloseable {
    private final JobLives.StoreFactory factory;
    private final List<Counts> open = new ArrayList<>();

    Stores(JobLives.StoreFactory factory) {
        this.factory = factory;
    }

    Counts open(int subtask, int maxParallelism, int parallelism, Map<Integer, Long> restored) {
        Counts counts = new Counts(factory, subtask, maxParallelism, parallelism, restored);
        open.add(counts);
        return counts;
    }

    /** Snapshots that are still to be written are given up. */
    @Override
    public void close() {
        open.forEach(Counts::close);
        open.clear();
    }
}
