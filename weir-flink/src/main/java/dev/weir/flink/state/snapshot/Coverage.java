package dev.weir.flink.state.snapshot;

import dev.weir.engine.state.HashBuckets;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/**
 * What has been read of a key group of a state from newer files, so that older files have nothing to say: of tables buckets
 * with all that is in them, of timers those that were removed.
 */
final class Coverage {

    private final BitSet buckets = new BitSet(HashBuckets.COUNT);
    private final Set<Object> removed = new HashSet<>();
    private boolean everything;

    boolean has(int bucket) {
        return everything || buckets.get(bucket);
    }

    boolean hasRemoved(Object timer) {
        return everything || removed.contains(timer);
    }

    void add(BitSet more) {
        buckets.or(more);
    }

    void addRemoved(Object timer) {
        if (!everything) {
            removed.add(timer);
        }
    }

    void addEverything() {
        everything = true;
        removed.clear();
    }
}
