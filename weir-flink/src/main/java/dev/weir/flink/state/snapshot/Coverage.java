package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.HashBuckets;
import java.util.BitSet;

/** The buckets of a key group whose content has been read from a newer file, so that older files have nothing to say. */
final class Coverage {

    private final BitSet buckets = new BitSet(HashBuckets.COUNT);
    private boolean everything;

    boolean has(int bucket) {
        return everything || buckets.get(bucket);
    }

    boolean hasEverything() {
        return everything;
    }

    void add(BitSet more) {
        buckets.or(more);
    }

    void addEverything() {
        everything = true;
    }
}
