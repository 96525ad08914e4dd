package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A cut of a heap table: those of its segments. */
final class HeapCut<K, N, V> implements TableCut<K, N, V> {

    private final int version;
    private final Versions<V> versions;
    private final KeyGroupSpan span;
    private final int keyGroupCount;
    private final boolean byKeyGroup;
    private @Nullable List<SegmentCut<K, N, V>> segments;

    // Where segments are not by key group: all pages, the places of all entries by key group, and where each of those
    // ends.
    private final List<Segment<K, N, V>> pages = new ArrayList<>();
    private long @Nullable [] places;
    private int[] ends = new int[0];

    /** @param byKeyGroup whether there is a segment for each key group; any number else */
    HeapCut(
            int version,
            Versions<V> versions,
            KeyContext<K> context,
            List<SegmentCut<K, N, V>> segments,
            boolean byKeyGroup) {
        this.version = version;
        this.versions = versions;
        this.span = context.span();
        this.keyGroupCount = context.keyGroupCount();
        this.byKeyGroup = byKeyGroup;
        this.segments = segments;
    }

    /** The version this cut ended: entries with a later stamp have changed since. */
    int version() {
        return version;
    }

    @Override
    public int size(int keyGroup) {
        int offset = span.offsetOf(keyGroup);
        if (byKeyGroup) {
            return present().get(offset).size();
        }
        sortedPlaces();
        return ends[offset] - begin(offset);
    }

    @Override
    public Iterator<TableEntry<K, N, V>> entries(int keyGroup) {
        return entriesSince(keyGroup, 0);
    }

    /** The entries of a key group written after an earlier cut, as an incremental snapshot needs them. */
    Iterator<TableEntry<K, N, V>> entriesSince(int keyGroup, int earlierVersion) {
        int offset = span.offsetOf(keyGroup);
        return byKeyGroup
                ? new OfSegment<>(present().get(offset), earlierVersion)
                : new OfPlaces(sortedPlaces(), offset, earlierVersion);
    }

    @Override
    public void close() {
        List<SegmentCut<K, N, V>> present = segments;
        if (present != null) {
            segments = null;
            pages.clear();
            places = null;
            present.forEach(SegmentCut::release);
            versions.release(version);
        }
    }

    private List<SegmentCut<K, N, V>> present() {
        List<SegmentCut<K, N, V>> present = segments;
        if (present == null) {
            throw new IllegalStateException("the cut of version " + version + " was closed");
        }
        return present;
    }

    private int begin(int offset) {
        return offset == 0 ? 0 : ends[offset - 1];
    }

    /** Sorts entries by key group, by counting, at the first call: page above slot. */
    private long[] sortedPlaces() {
        long[] sorted = places;
        if (sorted != null) {
            return sorted;
        }
        for (SegmentCut<K, N, V> segment : present()) {
            for (int page = 0; page < segment.pages(); page++) {
                pages.add(segment.page(page));
            }
        }
        int[] next = new int[span.size() + 1];
        for (Segment<K, N, V> page : pages) {
            for (int i = page.next(0); i >= 0; i = page.next(i + 1)) {
                next[offsetOf(page, i) + 1]++;
            }
        }
        for (int i = 1; i < next.length; i++) {
            next[i] = Math.addExact(next[i], next[i - 1]);
        }
        sorted = new long[next[span.size()]];
        for (int p = 0; p < pages.size(); p++) {
            Segment<K, N, V> page = pages.get(p);
            for (int i = page.next(0); i >= 0; i = page.next(i + 1)) {
                sorted[next[offsetOf(page, i)]++] = (long) p << 32 | i;
            }
        }
        ends = next;
        places = sorted;
        return sorted;
    }

    private int offsetOf(Segment<K, N, V> segment, int i) {
        return span.offsetOf(KeyGroups.assign(Segment.unmix(segment.hashAt(i)), keyGroupCount));
    }

    /** The entries of one segment. */
    private static final class OfSegment<K, N, V> implements Iterator<TableEntry<K, N, V>> {
        private final SegmentCut<K, N, V> segment;
        private final int earlierVersion;
        private int pages;
        private @Nullable Segment<K, N, V> page;
        private int at;

        OfSegment(SegmentCut<K, N, V> segment, int earlierVersion) {
            this.segment = segment;
            this.earlierVersion = earlierVersion;
            advance(0);
        }

        private void advance(int from) {
            Segment<K, N, V> present = page;
            at = present == null ? -1 : nextFrom(present, from);
            while (at < 0 && pages < segment.pages()) {
                present = segment.page(pages++);
                page = present;
                at = nextFrom(present, 0);
            }
        }

        private int nextFrom(Segment<K, N, V> present, int from) {
            int i = present.next(from);
            while (i >= 0 && present.stampAt(i) <= earlierVersion) {
                i = present.next(i + 1);
            }
            return i;
        }

        @Override
        public boolean hasNext() {
            return at >= 0;
        }

        @Override
        public TableEntry<K, N, V> next() {
            Segment<K, N, V> present = page;
            if (present == null || at < 0) {
                throw new NoSuchElementException();
            }
            TableEntry<K, N, V> entry = present.entryAt(at);
            advance(at + 1);
            return entry;
        }
    }

    /** The entries of one key group that lie in many pages. */
    private final class OfPlaces implements Iterator<TableEntry<K, N, V>> {
        private final long[] sorted;
        private final int end;
        private final int earlierVersion;
        private int at;

        OfPlaces(long[] sorted, int offset, int earlierVersion) {
            this.sorted = sorted;
            this.end = ends[offset];
            this.earlierVersion = earlierVersion;
            this.at = begin(offset);
            skip();
        }

        private void skip() {
            while (at < end && page().stampAt((int) sorted[at]) <= earlierVersion) {
                at++;
            }
        }

        private Segment<K, N, V> page() {
            return pages.get((int) (sorted[at] >>> 32));
        }

        @Override
        public boolean hasNext() {
            return at < end;
        }

        @Override
        public TableEntry<K, N, V> next() {
            if (at >= end) {
                throw new NoSuchElementException();
            }
            TableEntry<K, N, V> entry = page().entryAt((int) sorted[at]);
            at++;
            skip();
            return entry;
        }
    }
}
