package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A cut of a heap table: those of its segments. */
final class HeapCut<K, N, V> implements TableCut<K, N, V> {

    private final int version;
    private final Versions<V> versions;
    private final KeyGroupSpan span;
    private final int keyGroupCount;
    private final boolean byKeyGroup;
    private final List<Removals.Interval> removals;
    private final int firstVersion;
    private @Nullable List<SegmentCut<K, N, V>> segments;

    // Where segments are not by key group, once somebody asked.
    private @Nullable List<SortedEntries<K, N, V>> sorted;

    /**
     * @param byKeyGroup whether there is a segment for each key group; any number else
     * @param removals what was removed between cuts up to this one; empty where that is not known
     * @param firstVersion the first cut that this one can be compared with
     */
    HeapCut(
            int version,
            Versions<V> versions,
            KeyContext<K> context,
            List<SegmentCut<K, N, V>> segments,
            boolean byKeyGroup,
            List<Removals.Interval> removals,
            int firstVersion) {
        this.version = version;
        this.versions = versions;
        this.span = context.span();
        this.keyGroupCount = context.keyGroupCount();
        this.byKeyGroup = byKeyGroup;
        this.segments = segments;
        this.removals = removals;
        this.firstVersion = firstVersion;
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public int size(int keyGroup) {
        int offset = span.offsetOf(keyGroup);
        if (byKeyGroup) {
            return present().get(offset).size();
        }
        int size = 0;
        for (SortedEntries<K, N, V> entries : sorted()) {
            size = Math.addExact(size, entries.end(offset) - entries.begin(offset));
        }
        return size;
    }

    @Override
    public Iterator<TableEntry<K, N, V>> entries(int keyGroup) {
        return new Entries<>(places(keyGroup), (page, slot) -> true);
    }

    /** The entries of a key group written after an earlier cut. */
    Iterator<TableEntry<K, N, V>> entriesSince(int keyGroup, int earlierVersion) {
        return new Entries<>(places(keyGroup), (page, slot) -> page.stampAt(slot) > earlierVersion);
    }

    @Override
    public @Nullable TableChanges<K, N, V> since(int earlierVersion) {
        return earlierVersion < firstVersion ? null : new Changes(earlierVersion);
    }

    @Override
    public void close() {
        List<SegmentCut<K, N, V>> present = segments;
        if (present != null) {
            segments = null;
            sorted = null;
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

    private List<SortedEntries<K, N, V>> sorted() {
        List<SortedEntries<K, N, V>> made = sorted;
        if (made == null) {
            made = new ArrayList<>();
            for (SegmentCut<K, N, V> segment : present()) {
                made.add(SortedEntries.of(segment, span, keyGroupCount));
            }
            sorted = made;
        }
        return made;
    }

    private Places<K, N, V> places(int keyGroup) {
        int offset = span.offsetOf(keyGroup);
        return byKeyGroup ? new OfSegment<>(present().get(offset)) : new OfKeyGroup<>(sorted().iterator(), offset);
    }

    private interface Filter<K, N, V> {
        boolean accepts(Segment<K, N, V> page, int slot);
    }

    /** A way through entries, page by page. */
    private abstract static class Places<K, N, V> {
        @Nullable
        Segment<K, N, V> page;

        int slot = -1;

        /** To the next entry; false where there is none. */
        abstract boolean advance();

        Segment<K, N, V> page() {
            return Objects.requireNonNull(page);
        }
    }

    /** Through one segment. */
    private static final class OfSegment<K, N, V> extends Places<K, N, V> {
        private final SegmentCut<K, N, V> segment;
        private final Segment<K, N, V> room;
        private int parts;

        OfSegment(SegmentCut<K, N, V> segment) {
            this.segment = segment;
            this.room = segment.room();
        }

        @Override
        boolean advance() {
            slot = page == null ? -1 : page.next(slot + 1);
            while (slot < 0 && parts < segment.parts()) {
                segment.read(parts++, room);
                page = room;
                slot = room.next(0);
            }
            return slot >= 0;
        }
    }

    /** Through one key group whose entries lie in many segments. */
    private static final class OfKeyGroup<K, N, V> extends Places<K, N, V> {
        private final Iterator<SortedEntries<K, N, V>> segments;
        private final int offset;
        private int end;

        OfKeyGroup(Iterator<SortedEntries<K, N, V>> segments, int offset) {
            this.segments = segments;
            this.offset = offset;
        }

        @Override
        boolean advance() {
            slot++;
            while (slot >= end) {
                if (!segments.hasNext()) {
                    return false;
                }
                SortedEntries<K, N, V> next = segments.next();
                page = next.entries();
                slot = next.begin(offset);
                end = next.end(offset);
            }
            return true;
        }
    }

    private static final class Entries<K, N, V> implements Iterator<TableEntry<K, N, V>> {
        private final Places<K, N, V> places;
        private final Filter<K, N, V> filter;
        private boolean found;

        Entries(Places<K, N, V> places, Filter<K, N, V> filter) {
            this.places = places;
            this.filter = filter;
            advance();
        }

        private void advance() {
            do {
                found = places.advance();
            } while (found && !filter.accepts(places.page(), places.slot));
        }

        @Override
        public boolean hasNext() {
            return found;
        }

        @Override
        public TableEntry<K, N, V> next() {
            if (!found) {
                throw new NoSuchElementException();
            }
            TableEntry<K, N, V> entry = places.page().entryAt(places.slot);
            advance();
            return entry;
        }
    }

    private final class Changes implements TableChanges<K, N, V> {
        private final int earlierVersion;

        Changes(int earlierVersion) {
            this.earlierVersion = earlierVersion;
        }

        @Override
        public BitSet buckets(int keyGroup) {
            BitSet changed = new BitSet(HashBuckets.COUNT);
            for (Removals.Interval interval : removals) {
                BitSet removed = interval.buckets()[span.offsetOf(keyGroup)];
                if (interval.version() > earlierVersion && removed != null) {
                    addRemoved(changed, removed);
                }
            }
            Places<K, N, V> places = places(keyGroup);
            while (places.advance()) {
                if (places.page().stampAt(places.slot) > earlierVersion) {
                    changed.set(places.page().bucketAt(places.slot));
                }
            }
            return changed;
        }

        private static void addRemoved(BitSet changed, BitSet removed) {
            for (int bit = removed.nextSetBit(0); bit >= 0; bit = removed.nextSetBit(bit + 1)) {
                int first = bit * HashBuckets.REMOVED_TOGETHER;
                changed.set(first, first + HashBuckets.REMOVED_TOGETHER);
            }
        }

        @Override
        public Iterator<TableEntry<K, N, V>> entries(int keyGroup, BitSet buckets) {
            return new Entries<>(places(keyGroup), (page, slot) -> buckets.get(page.bucketAt(slot)));
        }
    }
}
