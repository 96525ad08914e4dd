package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.HeapTable;
import dev.weir.engine.state.HeapTenant;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroups;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.Namespaces;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSpec;
import dev.weir.engine.state.TableSweep;
import dev.weir.engine.state.Transformation;
import dev.weir.rocksdb.Load;
import dev.weir.rocksdb.RocksStore;
import dev.weir.rocksdb.RocksTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A table of which some key groups are on the heap and others in RocksDB. Where they are decides the {@link TieredStore}. */
public final class TieredTable<K, N, V> implements KeyedTable<K, N, V>, Movable<K> {

    private final KeyContext<K> context;
    private final TieredStore<K> store;
    private final HeapTable<K, N, V> heap;
    private final HeapEstimate<K, N, V> estimate;
    private final Thread owner = Thread.currentThread();
    private TableSpec<N, V> spec;
    private TieredCodec<V> codec;
    private @Nullable Spilled<K, N, V> spilled;

    // Counts removals, so that an iteration notices them.
    private int removals;

    TieredTable(TieredStore<K> store, HeapTable<K, N, V> heap, TableSpec<N, V> spec, TieredCodec<V> codec) {
        this.context = store.context();
        this.store = store;
        this.heap = heap;
        this.estimate = new HeapEstimate<>(heap);
        this.spec = spec;
        this.codec = codec;
    }

    /** What is on the heap: nothing of a key group that is stored. To be read, cut and swept only, but by a tenant. */
    public HeapTable<K, N, V> onHeap() {
        return heap;
    }

    /** Whether all is on the heap, RocksDB not being open. */
    public boolean isOnHeap() {
        return store.isOnHeap();
    }

    /**
     * The table as long as all is on the heap, where it is.
     *
     * @param tenant told when that ends
     */
    public @Nullable HeapTable<K, N, V> onHeap(HeapTenant tenant) {
        if (!store.isOnHeap()) {
            return null;
        }
        store.admit(tenant);
        return heap;
    }

    /** Whether the selected key's group is stored. */
    public boolean isStored() {
        return store.isStored(context.keyGroup());
    }

    /** The lists of stored key groups, of a table of lists some of whose key groups are stored. */
    @SuppressWarnings("unchecked") // the caller knows of which types the table is
    public <E> SpilledLists<K, N, E> lists() {
        return (SpilledLists<K, N, E>) (Spilled<K, N, ?>) required();
    }

    /** The maps of stored key groups, of a table of maps some of whose key groups are stored. */
    @SuppressWarnings("unchecked") // as above
    public <U, W> SpilledMaps<K, N, U, W> maps() {
        return (SpilledMaps<K, N, U, W>) (Spilled<K, N, ?>) required();
    }

    @Nullable
    Spilled<K, N, V> spilled() {
        return spilled;
    }

    private Spilled<K, N, V> required() {
        Spilled<K, N, V> present = spilled;
        if (present == null) {
            throw new IllegalStateException("nothing of the table '" + name() + "' is stored");
        }
        return present;
    }

    int moves() {
        return store.moves();
    }

    @Override
    public void spillTo(RocksStore<K> database) {
        TableSpec<N, V> stored =
                new TableSpec<>(spec.name(), spec.onlyNamespace(), spec.namespaces(), codec.stored(), spec.flat());
        spilled = Spilled.of(context, (RocksTable<K, N, V>) database.create(stored), codec);
    }

    @Override
    public boolean hasStored(int keyGroup) {
        return required().table().hasAny(keyGroup);
    }

    @Override
    public void copy(int keyGroup, Load load) {
        RocksTable<K, N, V> table = required().table();
        Iterator<TableEntry<K, N, V>> entries = heap.entries(keyGroup);
        while (entries.hasNext()) {
            TableEntry<K, N, V> entry = entries.next();
            if (entry.value() != null || codec.storesNull()) {
                table.load(load, entry.key(), keyGroup, entry.namespace(), entry.value());
            }
        }
    }

    @Override
    public void clear(int keyGroup) {
        heap.clear(keyGroup);
    }

    @Override
    public int size(int keyGroup) {
        return heap.size(keyGroup);
    }

    @Override
    public long estimatedBytes() {
        estimate.look(codec.live());
        return estimate.bytes();
    }

    /** {@inheritDoc} Goes through all key groups. */
    @Override
    public double entryBytes() {
        return estimate.entryBytes();
    }

    int live() {
        Spilled<K, N, V> present = spilled;
        return present == null ? 0 : present.live();
    }

    /** Stores what is live, which it is no more. */
    void settle() {
        Spilled<K, N, V> present = spilled;
        if (present != null) {
            present.settle();
        }
    }

    @Override
    public String name() {
        return heap.name();
    }

    @Override
    public @Nullable V get(N namespace) {
        return isStored() ? required().get(namespace) : heap.get(namespace);
    }

    @Override
    public boolean contains(N namespace) {
        return isStored() ? required().contains(namespace) : heap.contains(namespace);
    }

    @Override
    public void put(N namespace, @Nullable V value) {
        if (isStored()) {
            required().put(namespace, value);
        } else {
            heap.put(namespace, value);
        }
    }

    @Override
    public void remove(N namespace) {
        removals++;
        if (isStored()) {
            required().remove(namespace);
        } else {
            heap.remove(namespace);
        }
    }

    @Override
    public @Nullable V removeAndGet(N namespace) {
        removals++;
        if (!isStored()) {
            return heap.removeAndGet(namespace);
        }
        V value = required().get(namespace);
        required().remove(namespace);
        return value;
    }

    @Override
    public <A extends @Nullable Object> void transform(N namespace, A argument, Transformation<V, A> transformation)
            throws Exception {
        if (isStored()) {
            required().put(namespace, transformation.apply(required().get(namespace), argument));
        } else {
            heap.transform(namespace, argument, transformation);
        }
    }

    @Override
    public <A extends @Nullable Object> void transformAll(A argument, Transformation<V, A> transformation)
            throws Exception {
        heap.transformAll(argument, transformation);
        Spilled<K, N, V> present = spilled;
        if (present != null) {
            present.settle();
            present.table().transformAll(argument, transformation);
        }
    }

    @Override
    public @Nullable V peek(K key, N namespace) {
        int keyGroup = KeyGroups.assign(key.hashCode(), context.keyGroupCount());
        return store.isStored(keyGroup) ? required().peek(key, namespace) : heap.peek(key, namespace);
    }

    /**
     * The value of any key of this subtask, with codecs of the caller's own, for any thread: for others than the subtask's as
     * heap tables can be read by others, and as of the last time that all was stored.
     */
    public @Nullable V peek(K key, N namespace, Codec<K> keys, Codec<N> namespaces, Codec<V> values)
            throws IOException {
        Spilled<K, N, V> present = spilled;
        if (present == null || !store.isStored(KeyGroups.assign(key.hashCode(), context.keyGroupCount()))) {
            return heap.peek(key, namespace);
        }
        if (Thread.currentThread() == owner) {
            present.store();
        }
        return present.table()
                .peek(
                        key,
                        namespace,
                        keys,
                        namespaces,
                        TieredCodec.of(values, name()).stored());
    }

    @Override
    public void trackChanges() {
        heap.trackChanges();
    }

    @Override
    public void forgetChanges(int version) {
        heap.forgetChanges(version);
    }

    @Override
    public long size() {
        Spilled<K, N, V> present = spilled;
        if (present == null) {
            return heap.size();
        }
        present.store();
        return heap.size() + present.table().size();
    }

    /** {@inheritDoc} Key groups may move meanwhile, but not while a tenant has the table by namespace. */
    @Override
    public Iterator<TableEntry<K, N, V>> entries() {
        return heap.isByNamespace() ? heap.entries() : new Entries();
    }

    @Override
    public TableSweep<K, N, V> sweep(int entriesMax) {
        return new TieredSweep<>(this, entriesMax);
    }

    @Override
    public void expect(int keyGroup, int entries) {
        if (!store.isStored(keyGroup)) {
            heap.expect(keyGroup, entries);
        }
    }

    @Override
    public TieredCut<K, N, V> cut() {
        Spilled<K, N, V> present = spilled;
        if (present == null) {
            return new TieredCut<>(heap.cut(), null, store.stored());
        }
        present.settle();
        return new TieredCut<>(heap.cut(), present.table().cut(), store.stored());
    }

    @Override
    public void changeCodec(Codec<V> values) {
        TieredCodec<V> next = TieredCodec.of(values, name());
        Spilled<K, N, V> present = spilled;
        if (present != null) {
            present.settle();
            present.changeCodec(next);
        }
        heap.changeCodec(next.live());
        codec = next;
    }

    @Override
    public void migrate(Codec<V> values, UnaryOperator<V> change) throws Exception {
        TieredCodec<V> next = TieredCodec.of(values, name());
        Spilled<K, N, V> present = spilled;
        if (present != null) {
            present.settle();
            present.table().migrate(next.stored(), change);
        }
        heap.migrate(next.live(), change);
        changeCodec(next);
    }

    @Override
    public void flatten(FlatValues<V> values) {
        heap.flatten(values);
    }

    /** There is none: key groups move one by one. */
    @Override
    public @Nullable Namespaces<K, N, V> byNamespace() {
        return null;
    }

    /** Key group by key group. Those of the heap are looked at as a whole, since they may leave it before the next step. */
    private final class Entries implements Iterator<TableEntry<K, N, V>> {
        private final int begun = removals;
        private int nextKeyGroup = context.span().first();
        private Iterator<TableEntry<K, N, V>> inKeyGroup = Collections.emptyIterator();

        @Override
        public boolean hasNext() {
            while (!inKeyGroup.hasNext() && nextKeyGroup <= context.span().last()) {
                inKeyGroup = of(nextKeyGroup++);
            }
            return inKeyGroup.hasNext();
        }

        private Iterator<TableEntry<K, N, V>> of(int keyGroup) {
            if (store.isStored(keyGroup)) {
                required().store();
                return required().table().entries(keyGroup);
            }
            List<TableEntry<K, N, V>> present = new ArrayList<>(heap.size(keyGroup));
            heap.entries(keyGroup).forEachRemaining(present::add);
            return present.iterator();
        }

        @Override
        public TableEntry<K, N, V> next() {
            if (begun != removals) {
                throw new ConcurrentModificationException("the table was changed while iterating over its entries");
            }
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return inKeyGroup.next();
        }
    }
}
