package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A table of live objects: one segment per key group. See the package documentation for layout and versions. */
final class HeapTable<K, N, V> implements KeyedTable<K, N, V> {

    private static final int SLOTS_MIN = 16;

    private final String name;
    private final @Nullable N onlyNamespace;
    private final KeyContext<K> context;
    private final int firstKeyGroup;
    private final Versions<V> versions;
    private final List<Segment<K, N, V>> segments;

    HeapTable(TableSpec<N, V> spec, KeyContext<K> context, @Nullable LongKeys<K> longKeys) {
        this.name = spec.name();
        this.onlyNamespace = spec.onlyNamespace();
        this.context = context;
        this.firstKeyGroup = context.span().first();
        this.versions = new Versions<>(spec.values());
        this.segments = new ArrayList<>(context.span().size());
        Layout<K, N, V> layout = new Layout<>(onlyNamespace, longKeys, spec.flat());
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
        return segment().get(hash(namespace), key, namespace);
    }

    @Override
    public boolean contains(N namespace) {
        K key = context.require();
        return segment().contains(hash(namespace), key, namespace);
    }

    @Override
    public void put(N namespace, @Nullable V value) {
        K key = context.require();
        segment().put(hash(namespace), key, namespace, value);
    }

    @Override
    public void remove(N namespace) {
        K key = context.require();
        segment().remove(hash(namespace), key, namespace);
    }

    @Override
    public @Nullable V removeAndGet(N namespace) {
        K key = context.require();
        return segment().removeAndGet(hash(namespace), key, namespace);
    }

    @Override
    public <A extends @Nullable Object> void transform(N namespace, A argument, Transformation<V, A> transformation)
            throws Exception {
        K key = context.require();
        segment().transform(hash(namespace), key, namespace, argument, transformation);
    }

    @Override
    public <A extends @Nullable Object> void transformAll(A argument, Transformation<V, A> transformation)
            throws Exception {
        for (Segment<K, N, V> segment : segments) {
            segment.transformAll(argument, transformation);
        }
    }

    @Override
    public @Nullable V peek(K key, N namespace) {
        int keyHash = key.hashCode();
        int keyGroup = KeyGroups.assign(keyHash, context.keyGroupCount());
        return segments.get(context.span().offsetOf(keyGroup)).peek(hash(keyHash, namespace), key, namespace);
    }

    @Override
    public long size() {
        long entries = 0;
        for (Segment<K, N, V> segment : segments) {
            entries += segment.size();
        }
        return entries;
    }

    @Override
    public Iterator<TableEntry<K, N, V>> entries() {
        return new Entries<>(segments);
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
    public void flatten(FlatValues<V> values) {
        for (Segment<K, N, V> segment : segments) {
            segment.flatten(values);
        }
    }

    /** Freezes the entries as they are now, in time proportional to the number of key groups. */
    HeapCut<K, N, V> cut() {
        int version = versions.cut();
        List<Segment<K, N, V>> frozen = new ArrayList<>(segments.size());
        for (Segment<K, N, V> segment : segments) {
            frozen.add(segment.share());
        }
        return new HeapCut<>(version, versions, context.span(), frozen);
    }

    private Segment<K, N, V> segment() {
        return segments.get(context.keyGroup() - firstKeyGroup);
    }

    private int hash(N namespace) {
        return hash(context.keyHash(), namespace);
    }

    private int hash(int keyHash, N namespace) {
        if (onlyNamespace != null) {
            Objects.requireNonNull(namespace, "Provided namespace is null.");
            return Segment.mix(keyHash);
        }
        Objects.requireNonNull(namespace, "Provided namespace is null.");
        return Segment.mix(keyHash + namespace.hashCode() * 0x9E3779B9);
    }

    private static <K, N, V> TableEntry<K, N, V> entry(Segment<K, N, V> segment, int i) {
        return new TableEntry<>(segment.keyAt(i), segment.namespaceAt(i), segment.valueAt(i));
    }

    /** Iterates over segments that must not change. */
    static final class Entries<K, N, V> implements Iterator<TableEntry<K, N, V>> {
        private final Iterator<Segment<K, N, V>> rest;
        private @Nullable Segment<K, N, V> segment;
        private int structure;
        private int at = -1;

        Entries(List<Segment<K, N, V>> segments) {
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
            TableEntry<K, N, V> entry = entry(present, at);
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
        private int index;
        private int visitedIndex;
        private int cursor;
        private int capacity;

        Sweep(int entriesMax) {
            this.entriesMax = entriesMax;
        }

        @Override
        public boolean hasNext() {
            return index < segments.size();
        }

        // Bounded by slots looked at as well, since a sweep runs beside every record and a table may be nearly empty.
        @Override
        public List<TableEntry<K, N, V>> next() {
            visited.clear();
            for (int steps = SLOTS_MIN + 2 * entriesMax; steps > 0 && hasNext(); steps--) {
                Segment<K, N, V> segment = segments.get(index);
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
                        visited.add(entry(segment, cursor));
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
        public void remove(TableEntry<K, N, V> entry) {
            segments.get(visitedIndex).remove(hashOf(entry), entry.key(), entry.namespace());
        }

        @Override
        public void update(TableEntry<K, N, V> entry, @Nullable V value) {
            segments.get(visitedIndex).put(hashOf(entry), entry.key(), entry.namespace(), value);
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
