package dev.weir.engine.state;

/** Hears of keys that are about to be selected. Belongs to the subtask's thread. */
@FunctionalInterface
public interface KeysAhead {

    /** The keys with the hash codes in {@code [from, to)} come next, one after the other, as far as is known: hints. */
    void expect(int[] keyHashes, int from, int to);
}
