package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where entries have been removed from a table, by key group and bucket, since the cuts that snapshots may still be compared
 * with. What was inserted or changed is known by its stamp; of what was removed nothing else is left. For the subtask's
 * thread; an interval that has ended does not change any more.
 */
final class Removals {

    /** How many intervals are told apart: where no checkpoint completes for long the oldest become one. */
    private static final int INTERVALS_MAX = 16;

    private final KeyGroupSpan span;
    private final int keyGroupCount;
    private final int firstVersion;
    private final List<Interval> ended = new ArrayList<>();
    private @Nullable BitSet[] present;

    /**
     * What was removed between two cuts.
     *
     * @param version of the later cut
     * @param buckets by offset of key group, {@link HashBuckets#REMOVED_TOGETHER} a bit; null for none
     */
    record Interval(int version, @Nullable BitSet[] buckets) {
        /** This one and one before it, as if all had been removed in this one. */
        Interval with(Interval earlier) {
            @Nullable BitSet[] all = buckets.clone();
            for (int offset = 0; offset < all.length; offset++) {
                BitSet more = earlier.buckets()[offset];
                if (more != null) {
                    BitSet union = (BitSet) more.clone();
                    BitSet some = all[offset];
                    if (some != null) {
                        union.or(some);
                    }
                    all[offset] = union;
                }
            }
            return new Interval(version, all);
        }
    }

    /** @param firstVersion the first cut that later ones can be compared with */
    Removals(KeyContext<?> context, int firstVersion) {
        this.span = context.span();
        this.keyGroupCount = context.keyGroupCount();
        this.firstVersion = firstVersion;
        this.present = new @Nullable BitSet[span.size()];
    }

    int firstVersion() {
        return firstVersion;
    }

    void add(int keyHash) {
        int offset = span.offsetOf(KeyGroups.assign(keyHash, keyGroupCount));
        BitSet buckets = present[offset];
        if (buckets == null) {
            buckets = new BitSet(HashBuckets.COUNT / HashBuckets.REMOVED_TOGETHER);
            present[offset] = buckets;
        }
        buckets.set(HashBuckets.of(keyHash) / HashBuckets.REMOVED_TOGETHER);
    }

    /** A cut was taken: what is removed from now on is not in it. Gives all intervals up to it that are still known. */
    List<Interval> ended(int version) {
        if (ended.size() == INTERVALS_MAX) {
            Interval oldest = ended.remove(0);
            ended.set(0, ended.get(0).with(oldest));
        }
        ended.add(new Interval(version, present));
        present = new @Nullable BitSet[span.size()];
        return List.copyOf(ended);
    }

    /** Nobody will ask for what was removed up to a version. */
    void forget(int version) {
        ended.removeIf(interval -> interval.version() <= version);
    }
}
