package dev.weir.engine.state;

/**
 * Copies of the entries of a cut of a segment that has all key groups, one behind the other, by key group. For the reading
 * thread.
 */
final class SortedEntries<K, N, V> {

    private final Segment<K, N, V> entries;
    private final int[] ends;

    private SortedEntries(Segment<K, N, V> entries, int[] ends) {
        this.entries = entries;
        this.ends = ends;
    }

    /** Sorts by counting. */
    static <K, N, V> SortedEntries<K, N, V> of(SegmentCut<K, N, V> cut, KeyGroupSpan span, int keyGroupCount) {
        Segment<K, N, V> page = cut.room();
        int[] next = new int[span.size() + 1];
        for (int p = 0; p < cut.pages(); p++) {
            cut.read(p, page);
            for (int i = page.next(0); i >= 0; i = page.next(i + 1)) {
                next[offsetOf(page, i, span, keyGroupCount) + 1]++;
            }
        }
        for (int i = 1; i < next.length; i++) {
            next[i] += next[i - 1];
        }
        Segment<K, N, V> sorted = cut.room(next[span.size()]);
        for (int p = 0; p < cut.pages(); p++) {
            cut.read(p, page);
            for (int i = page.next(0); i >= 0; i = page.next(i + 1)) {
                sorted.take(page, i, next[offsetOf(page, i, span, keyGroupCount)]++);
            }
        }
        return new SortedEntries<>(sorted, next);
    }

    private static int offsetOf(Segment<?, ?, ?> segment, int i, KeyGroupSpan span, int keyGroupCount) {
        return span.offsetOf(KeyGroups.assign(Segment.unmix(segment.hashAt(i)), keyGroupCount));
    }

    /** Has all entries in its slots, and no free ones. */
    Segment<K, N, V> entries() {
        return entries;
    }

    /** The first slot of a key group. */
    int begin(int keyGroupOffset) {
        return keyGroupOffset == 0 ? 0 : ends[keyGroupOffset - 1];
    }

    /** The first slot behind a key group. */
    int end(int keyGroupOffset) {
        return ends[keyGroupOffset];
    }
}
