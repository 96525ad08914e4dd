package dev.weir.engine.state;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A cut of a heap table: its segments, of which each copied its arrays, or will before it changes them. */
final class HeapCut<K, N, V> implements TableCut<K, N, V> {

    private final int version;
    private final Versions<V> versions;
    private final KeyGroupSpan span;
    private final int keyGroupCount;
    private final boolean byKeyGroup;
    private @Nullable List<Segment<K, N, V>> segments;

    // Where segments are not by key group: the places of all entries by key group, and where each key group ends.
    private long @Nullable [] places;
    private int[] ends = new int[0];

    /** @param byKeyGroup whether there is a segment for each key group; any number else */
    HeapCut(
            int version,
            Versions<V> versions,
            KeyContext<K> context,
            List<Segment<K, N, V>> segments,
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
                : new OfPlaces(present(), sortedPlaces(), offset, earlierVersion);
    }

    @Override
    public void close() {
        if (segments != null) {
            segments = null;
            places = null;
            versions.release(version);
        }
    }

    private List<Segment<K, N, V>> present() {
        List<Segment<K, N, V>> present = segments;
        if (present == null) {
            throw new IllegalStateException("the cut of version " + version + " was closed");
        }
        return present;
    }

    private int begin(int offset) {
        return offset == 0 ? 0 : ends[offset - 1];
    }

    /** Sorts entries by key group, by counting, at the first call: segment above slot. */
    private long[] sortedPlaces() {
        long[] sorted = places;
        if (sorted != null) {
            return sorted;
        }
        List<Segment<K, N, V>> all = present();
        int[] next = new int[span.size() + 1];
        for (Segment<K, N, V> segment : all) {
            for (int i = segment.next(0); i >= 0; i = segment.next(i + 1)) {
                next[offsetOf(segment, i) + 1]++;
            }
        }
        for (int i = 1; i < next.length; i++) {
            next[i] = Math.addExact(next[i], next[i - 1]);
        }
        sorted = new long[next[span.size()]];
        for (int s = 0; s < all.size(); s++) {
            Segment<K, N, V> segment = all.get(s);
            for (int i = segment.next(0); i >= 0; i = segment.next(i + 1)) {
                sorted[next[offsetOf(segment, i)]++] = (long) s << 32 | i;
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
        private final Segment<K, N, V> segment;
        private final int earlierVersion;
        private int at;

        OfSegment(Segment<K, N, V> segment, int earlierVersion) {
            this.segment = segment;
            this.earlierVersion = earlierVersion;
            this.at = nextFrom(0);
        }

        private int nextFrom(int from) {
            int i = segment.next(from);
            while (i >= 0 && segment.stampAt(i) <= earlierVersion) {
                i = segment.next(i + 1);
            }
            return i;
        }

        @Override
        public boolean hasNext() {
            return at >= 0;
        }

        @Override
        public TableEntry<K, N, V> next() {
            if (at < 0) {
                throw new NoSuchElementException();
            }
            TableEntry<K, N, V> entry = segment.entryAt(at);
            at = nextFrom(at + 1);
            return entry;
        }
    }

    /** The entries of one key group that lie in many segments. */
    private final class OfPlaces implements Iterator<TableEntry<K, N, V>> {
        private final List<Segment<K, N, V>> all;
        private final long[] sorted;
        private final int end;
        private final int earlierVersion;
        private int at;

        OfPlaces(List<Segment<K, N, V>> all, long[] sorted, int offset, int earlierVersion) {
            this.all = all;
            this.sorted = sorted;
            this.end = ends[offset];
            this.earlierVersion = earlierVersion;
            this.at = begin(offset);
            skip();
        }

        private void skip() {
            while (at < end && segment().stampAt((int) sorted[at]) <= earlierVersion) {
                at++;
            }
        }

        private Segment<K, N, V> segment() {
            return all.get((int) (sorted[at] >>> 32));
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
            TableEntry<K, N, V> entry = segment().entryAt((int) sorted[at]);
            at++;
            skip();
            return entry;
        }
    }
}
