package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A table of live objects: one segment per key group, or one per namespace. See the package documentation for layout and
 * versions. What it has of single key groups is for stores that take them from here to somewhere else, and fails while the
 * table is arranged by namespace.
 *
 * <p>For the subtask's thread, as all of {@link KeyedTable}; never blocks.
 */
public final class HeapTable<K, N, V> implements KeyedTable<K, N, V> {

    private static final int SLOTS_MIN = 16;

    /** About what a processor's own caches hold. */
    private static final long TOUCHED_BYTES_MIN = 1 << 18;

    private final String name;
    private final @Nullable N onlyNamespace;
    private final KeyContext<K> context;
    private final int firstKeyGroup;
    private final Versions<V> versions;
    private Layout<K, N, V> layout;

    // By key group; empty while there are namespaces.
    private final List<Segment<K, N, V>> segments;
    private @Nullable NamespaceSegments<K, N, V> namespaces;

    HeapTable(TableSpec<N, V> spec, KeyContext<K> context, @Nullable LongKeys<K> longKeys) {
        this.name = spec.name();
        this.onlyNamespace = spec.onlyNamespace();
        this.context = context;
        this.firstKeyGroup = context.span().first();
        this.versions = new Versions<>(spec.values());
        this.segments = new ArrayList<>(context.span().size());
        this.layout = new Layout<>(onlyNamespace, longKeys, spec.flat());
        for (int i = 0; i < context.span().size(); i++) {
            segments.add(new Segment<>(versions, layout));
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public @Nullable V get(N namespace) {
        K key = context.require();
        return present(namespace).get(hash(namespace), key, namespace);
    }

    @Override
    public boolean contains(N namespace) {
        K key = context.require();
        return present(namespace).contains(hash(namespace), key, namespace);
    }

    @Override
    public void put(N namespace, @Nullable V value) {
        K key = context.require();
        required(namespace).put(hash(namespace), key, namespace, value);
    }

    @Override
    public void remove(N namespace) {
        K key = context.require();
        present(namespace).remove(hash(namespace), key, namespace);
    }

    @Override
    public @Nullable V removeAndGet(N namespace) {
        K key = context.require();
        return present(namespace).removeAndGet(hash(namespace), key, namespace);
    }

    @Override
    public <A extends @Nullable Object> void transform(N namespace, A argument, Transformation<V, A> transformation)
            throws Exception {
        K key = context.require();
        required(namespace).transform(hash(namespace), key, namespace, argument, transformation);
    }

    @Override
    public <A extends @Nullable Object> void transformAll(A argument, Transformation<V, A> transformation)
            throws Exception {
        for (Segment<K, N, V> segment : all()) {
            segment.transformAll(argument, transformation);
        }
    }

    /**
     * Reads what the entries of keys are made of. Does nothing where all is in the processor's caches anyhow, and where entries
     * hang on a namespace that is not known.
     *
     * @param keys in the context of this table
     * @return nothing of use, to be kept: else the JIT need not read
     */
    public long touch(ExpectedKeys keys) {
        NamespaceSegments<K, N, V> byNamespace = namespaces;
        if (byNamespace == null) {
            return onlyNamespace == null || segments.isEmpty()
                    ? 0
                    : touch(keys, null, TOUCHED_BYTES_MIN / segments.size());
        }
        List<Segment<K, N, V>> newest = byNamespace.newest();
        long read = 0;
        for (int i = 0; i < newest.size(); i++) {
            read += touch(keys, newest.get(i), TOUCHED_BYTES_MIN / newest.size());
        }
        return read;
    }

    /** @param one where all keys are; null where they are by key group */
    private long touch(ExpectedKeys keys, @Nullable Segment<K, N, V> one, long bytesMin) {
        // keys are spread over key groups evenly enough for any of these
        Segment<K, N, V> any = one != null ? one : segments.get(Math.floorMod(keys.anyHash(), segments.size()));
        if (any.bytesToTouch(Segment.mix(keys.anyHash())) < bytesMin) {
            return 0;
        }
        long read = 0;
        for (int i = 0; i < keys.size(); i++) {
            read += segmentOf(keys, i, one).touch(Segment.mix(keys.hash(i)));
        }
        if (any.hasTouchable()) {
            for (int i = 0; i < keys.size(); i++) {
                keys.setPlace(i, segmentOf(keys, i, one).touchObject(Segment.mix(keys.hash(i))));
            }
            for (int i = 0; i < keys.size(); i++) {
                int slot = keys.place(i);
                read += slot < 0 ? 0 : segmentOf(keys, i, one).touchValue(slot);
            }
        }
        return read;
    }

    private Segment<K, N, V> segmentOf(ExpectedKeys keys, int i, @Nullable Segment<K, N, V> one) {
        return one != null ? one : segments.get(keys.keyGroupOffset(i));
    }

    @Override
    public @Nullable V peek(K key, N namespace) {
        int keyHash = key.hashCode();
        int keyGroup = KeyGroups.assign(keyHash, context.keyGroupCount());
        int offset = context.span().offsetOf(keyGroup);
        Segment<K, N, V> segment = namespaces != null ? namespaces.find(namespace) : segments.get(offset);
        return segment.peek(hash(keyHash, namespace), key, namespace);
    }

    @Override
    public long size() {
        long entries = 0;
        for (Segment<K, N, V> segment : all()) {
            entries += segment.size();
        }
        return entries;
    }

    @Override
    public Iterator<TableEntry<K, N, V>> entries() {
        return new Entries<>(all());
    }

    /** Number of entries of a key group. */
    public int size(int keyGroup) {
        return ofKeyGroup(keyGroup).size();
    }

    /** The entries of a key group, for reading; the values are neither copied nor stamped. */
    public Iterator<TableEntry<K, N, V>> entries(int keyGroup) {
        return new Entries<>(List.of(ofKeyGroup(keyGroup)));
    }

    /** What its arrays take, without the objects that they refer to. */
    public long arrayBytes() {
        long bytes = 0;
        for (Segment<K, N, V> segment : all()) {
            bytes += segment.arrayBytes();
        }
        return bytes;
    }

    /** Whether keys or values are objects, of some entries at least. Namespaces are shared by many. */
    public boolean keepsObjects() {
        for (Segment<K, N, V> segment : all()) {
            if (segment.keepsObjects()) {
                return true;
            }
        }
        return false;
    }

    /** Removes all entries of a key group. Cuts keep them. */
    public void clear(int keyGroup) {
        ofKeyGroup(keyGroup).clear();
    }

    /** Whether another thread may be reading stored objects, of a cut that is open. */
    public boolean isRead() {
        return versions.isPinned() && !versions.immutable() && layout.flat == null;
    }

    private Segment<K, N, V> ofKeyGroup(int keyGroup) {
        if (namespaces != null) {
            throw new IllegalStateException("the table '" + name + "' has no key groups, it is arranged by namespace");
        }
        return segments.get(context.span().offsetOf(keyGroup));
    }

    @Override
    public TableSweep<K, N, V> sweep(int entriesMax) {
        return new Sweep(Math.max(1, entriesMax));
    }

    @Override
    public void changeCodec(Codec<V> values) {
        versions.changeCodec(values);
    }

    @Override
    public void migrate(Codec<V> values, UnaryOperator<V> change) throws Exception {
        transformAll(change, (value, by) -> value == null ? null : by.apply(value));
        changeCodec(values);
    }

    @Override
    public void flatten(FlatValues<V> values) {
        layout = layout.with(values);
        if (namespaces != null) {
            namespaces.flatten(values);
        }
        for (Segment<K, N, V> segment : segments) {
            segment.flatten(values);
        }
    }

    @Override
    public Namespaces<K, N, V> byNamespace() {
        NamespaceSegments<K, N, V> present = namespaces;
        if (present == null) {
            present = new NamespaceSegments<>(versions, layout);
            for (Segment<K, N, V> segment : segments) {
                for (int i = segment.next(0); i >= 0; i = segment.next(i + 1)) {
                    K key = segment.keyAt(i);
                    N namespace = segment.namespaceAt(i);
                    // Stamped anew, and so written once more by the next incremental snapshot.
                    int hash = Segment.mix(key.hashCode());
                    present.require(namespace).put(hash, key, namespace, segment.owned(i));
                }
            }
            namespaces = present;
            // a sweep may know them for long
            segments.forEach(Segment::release);
            segments.clear();
        }
        return present;
    }

    /** Whether there is a segment for each namespace, and none for each key group. */
    public boolean isByNamespace() {
        return namespaces != null;
    }

    /** Undoes {@link #byNamespace}, whose panes must not be used any more. */
    public void byKeyGroup() {
        NamespaceSegments<K, N, V> present = namespaces;
        if (present == null) {
            return;
        }
        namespaces = null;
        for (int i = 0; i < context.span().size(); i++) {
            segments.add(new Segment<>(versions, layout));
        }
        for (Segment<K, N, V> segment : present.segments()) {
            for (int i = segment.next(0); i >= 0; i = segment.next(i + 1)) {
                K key = segment.keyAt(i);
                N namespace = segment.namespaceAt(i);
                int keyHash = key.hashCode();
                // stamped anew, as above
                ofKeyGroup(KeyGroups.assign(keyHash, context.keyGroupCount()))
                        .put(hash(keyHash, namespace), key, namespace, segment.owned(i));
            }
            segment.release();
        }
    }

    @Override
    public void trackChanges() {
        if (versions.removals() == null) {
            versions.track(new Removals(context, versions.current()));
        }
    }

    @Override
    public void forgetChanges(int version) {
        Removals removals = versions.removals();
        if (removals != null) {
            removals.forget(version);
        }
    }

    @Override
    public void expect(int keyGroup, int entries) {
        if (namespaces == null) {
            segments.get(context.span().offsetOf(keyGroup)).reserve(entries);
        }
    }

    // Takes time in proportion to the number of segments.
    @Override
    public HeapCut<K, N, V> cut() {
        int version = versions.cut();
        Removals removals = versions.removals();
        SavedPages saved = new SavedPages();
        List<SegmentCut<K, N, V>> frozen = new ArrayList<>();
        for (Segment<K, N, V> segment : all()) {
            frozen.add(segment.cut(saved));
        }
        return new HeapCut<>(
                version,
                versions,
                context,
                frozen,
                namespaces == null,
                removals == null ? List.of() : removals.ended(version),
                removals == null ? Integer.MAX_VALUE : removals.firstVersion());
    }

    /** Has no entries any more, which is no change to anybody. */
    void release() {
        all().forEach(Segment::release);
    }

    private Collection<Segment<K, N, V>> all() {
        return namespaces != null ? namespaces.segments() : segments;
    }

    /** Where the current key's entry is, if there is one. */
    private Segment<K, N, V> present(N namespace) {
        Objects.requireNonNull(namespace, "Provided namespace is null.");
        return namespaces != null ? namespaces.find(namespace) : segments.get(context.keyGroup() - firstKeyGroup);
    }

    /** Where the current key's entry goes. */
    private Segment<K, N, V> required(N namespace) {
        Objects.requireNonNull(namespace, "Provided namespace is null.");
        return namespaces != null ? namespaces.require(namespace) : segments.get(context.keyGroup() - firstKeyGroup);
    }

    private int hash(N namespace) {
        return hash(context.keyHash(), namespace);
    }

    private int hash(int keyHash, N namespace) {
        Objects.requireNonNull(namespace, "Provided namespace is null.");
        return Segment.mix(
                onlyNamespace != null || namespaces != null ? keyHash : keyHash + namespace.hashCode() * 0x9E3779B9);
    }

    /** Iterates over segments that must not change. */
    static final class Entries<K, N, V> implements Iterator<TableEntry<K, N, V>> {
        private final Iterator<Segment<K, N, V>> rest;
        private @Nullable Segment<K, N, V> segment;
        private int structure;
        private int at = -1;

        Entries(Collection<Segment<K, N, V>> segments) {
            this.rest = segments.iterator();
            advance(0);
        }

        @Override
        public boolean hasNext() {
            return segment != null;
        }

        @Override
        public TableEntry<K, N, V> next() {
            Segment<K, N, V> present = segment;
            if (present == null) {
                throw new NoSuchElementException();
            }
            if (present.structure() != structure) {
                throw new ConcurrentModificationException("the table was changed while iterating over its entries");
            }
            TableEntry<K, N, V> entry = present.entryAt(at);
            advance(at + 1);
            return entry;
        }

        private void advance(int from) {
            at = segment == null ? -1 : segment.next(from);
            while (at < 0) {
                if (!rest.hasNext()) {
                    segment = null;
                    return;
                }
                segment = rest.next();
                structure = segment.structure();
                at = segment.next(0);
            }
        }
    }

    private final class Sweep implements TableSweep<K, N, V> {
        private final int entriesMax;
        private final List<TableEntry<K, N, V>> visited = new ArrayList<>();
        private final List<Segment<K, N, V>> swept = new ArrayList<>(all());
        private int index;
        private int visitedIndex;
        private int cursor;
        private int capacity;

        Sweep(int entriesMax) {
            this.entriesMax = entriesMax;
        }

        @Override
        public boolean hasNext() {
            return index < swept.size();
        }

        // Bounded by slots looked at as well, since a sweep runs beside every record and a table may be nearly empty.
        @Override
        public List<TableEntry<K, N, V>> next() {
            visited.clear();
            for (int steps = SLOTS_MIN + 2 * entriesMax; steps > 0 && hasNext(); steps--) {
                Segment<K, N, V> segment = swept.get(index);
                scaleCursor(segment.capacity());
                if (segment.size() == 0 || cursor >= segment.capacity()) {
                    if (!visited.isEmpty()) {
                        // All entries of one batch are of one segment.
                        break;
                    }
                    index++;
                    cursor = 0;
                    capacity = 0;
                } else {
                    visitedIndex = index;
                    if (segment.isOccupied(cursor)) {
                        visited.add(segment.entryAt(cursor));
                    }
                    cursor++;
                    if (visited.size() == entriesMax) {
                        break;
                    }
                }
            }
            return visited;
        }

        @Override
        public void removeIf(Predicate<? super V> over) {
            int entries = entriesMax;
            for (int steps = SLOTS_MIN + 2 * entriesMax; steps > 0 && entries > 0 && hasNext(); steps--) {
                Segment<K, N, V> segment = swept.get(index);
                scaleCursor(segment.capacity());
                if (segment.size() == 0 || cursor >= segment.capacity()) {
                    index++;
                    cursor = 0;
                    capacity = 0;
                } else if (!segment.isOccupied(cursor)) {
                    cursor++;
                } else {
                    entries--;
                    V value = segment.valueAt(cursor);
                    if (value != null && over.test(value)) {
                        // what is moved here is visited next
                        segment.removeAt(cursor);
                    } else {
                        cursor++;
                    }
                }
            }
        }

        @Override
        public void remove(TableEntry<K, N, V> entry) {
            swept.get(visitedIndex).remove(hashOf(entry), entry.key(), entry.namespace());
        }

        @Override
        public void update(TableEntry<K, N, V> entry, @Nullable V value) {
            swept.get(visitedIndex).put(hashOf(entry), entry.key(), entry.namespace(), value);
        }

        private int hashOf(TableEntry<K, N, V> entry) {
            return hash(entry.key().hashCode(), entry.namespace());
        }

        /** Growing and shrinking keep the order of entries, see {@link Segment}. */
        private void scaleCursor(int presentCapacity) {
            if (capacity != 0 && capacity != presentCapacity) {
                cursor = (int) ((long) cursor * presentCapacity / capacity);
            }
            capacity = presentCapacity;
        }
    }
}
