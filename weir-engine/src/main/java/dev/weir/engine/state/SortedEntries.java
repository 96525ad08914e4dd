package dev.weir.engine.state;

/**
 * Copies of the entries of a cut of a segment that has all key groups, one behind the other, by key group. For the reading
 * thread, which best asks for one key group after the other.
 */
final class SortedEntries<K, N, V> {

    private final Segment<K, N, V> entries;

    // Which key group of the subtask each entry is in, in the order of the entries.
    private final int[] keyGroups;
    private int cursor;

    private SortedEntries(Segment<K, N, V> entries, int[] keyGroups) {
        this.entries = entries;
        this.keyGroups = keyGroups;
    }

    /** Sorts by counting. */
    static <K, N, V> SortedEntries<K, N, V> of(SegmentCut<K, N, V> cut, KeyGroupSpan span, int keyGroupCount) {
        Segment<K, N, V> part = cut.room();
        int[] next = new int[span.size() + 1];
        for (int p = 0; p < cut.parts(); p++) {
            cut.read(p, part);
            for (int i = part.next(0); i >= 0; i = part.next(i + 1)) {
                next[offsetOf(part, i, span, keyGroupCount) + 1]++;
            }
        }
        for (int i = 1; i < next.length; i++) {
            next[i] += next[i - 1];
        }
        int[] keyGroups = new int[next[span.size()]];
        Segment<K, N, V> sorted = cut.room(keyGroups.length);
        for (int p = 0; p < cut.parts(); p++) {
            cut.read(p, part);
            for (int i = part.next(0); i >= 0; i = part.next(i + 1)) {
                int offset = offsetOf(part, i, span, keyGroupCount);
                int slot = next[offset]++;
                sorted.copyEntry(part, i, slot);
                keyGroups[slot] = offset;
            }
        }
        return new SortedEntries<>(sorted, keyGroups);
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
        if (cursor > 0 && keyGroups[cursor - 1] >= keyGroupOffset) {
            cursor = 0;
        }
        while (cursor < keyGroups.length && keyGroups[cursor] < keyGroupOffset) {
            cursor++;
        }
        return cursor;
    }

    /** The first slot behind a key group. */
    int end(int keyGroupOffset) {
        int end = begin(keyGroupOffset);
        while (end < keyGroups.length && keyGroups[end] == keyGroupOffset) {
            end++;
        }
        return end;
    }
}
