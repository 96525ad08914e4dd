package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroups;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.Namespaces;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSweep;
import dev.weir.engine.state.Transformation;
import dev.weir.rocksdb.cache.CachedColumn;
import dev.weir.rocksdb.cache.Encoding;
import dev.weir.rocksdb.cache.EntryCache;
import java.io.IOException;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Snapshot;

/**
 * A table in a column family. What an entry of the table is in the database, one entry or, for a map, many, is up to the
 * {@link Form}.
 */
public abstract class RocksTable<K, N, V> implements KeyedTable<K, N, V> {

    private static final byte[] EVERYTHING = {};

    private final String name;
    private final KeyContext<K> context;
    private final NativeDatabase database;
    private final StoredColumn column;
    private final Thread owner = Thread.currentThread();
    private @Nullable CachedColumn<?> cached;
    private final KeyLayout<K, N> layout;
    private final Buffers buffers;
    private boolean closed;

    // Counts changes, so that an iteration notices them.
    private int changes;

    RocksTable(String name, KeyContext<K> context, NativeDatabase database, KeyLayout<K, N> layout, Buffers buffers) {
        this.name = name;
        this.context = context;
        this.database = database;
        this.column = new StoredColumn(name, database);
        this.layout = layout;
        this.buffers = buffers;
    }

    /** How entries are stored, for the subtask's thread. */
    abstract Form<K, N, V> form();

    /** How entries are stored, by another codec of the same type. */
    abstract Form<K, N, V> form(KeyLayout<K, N> by, Codec<V> values);

    /** The value that the database has at a place, null where there is none. For any thread. */
    abstract @Nullable V stored(byte[] place, Form<K, N, V> by) throws IOException;

    /** Removes the entry whose stored keys begin so. */
    abstract void removeStored(byte[] place);

    /** Stores an entry at a place that has none. */
    abstract void putStored(byte[] place, @Nullable V value) throws IOException;

    /** Stores the value of a key that need not be the selected one. */
    public abstract void put(K key, int keyGroup, N namespace, @Nullable V value);

    /** Stores an entry at a place that has none, in the database and in memory. */
    abstract void loadStored(Load load, byte[] place, @Nullable V value) throws IOException;

    final KeyContext<K> context() {
        return context;
    }

    final KeyLayout<K, N> layout() {
        return layout;
    }

    final Buffers buffers() {
        return buffers;
    }

    /** Where entries of the selected key are. */
    final byte[] place(N namespace) {
        return place(context.require(), context.keyGroup(), namespace);
    }

    final byte[] place(K key, int keyGroup, N namespace) {
        try {
            return layout.write(keyGroup, key, required(namespace));
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize the key of", name, e);
        }
    }

    /** The same in a buffer, until the next one is asked for. */
    final BytesOut seek(N namespace) {
        return seek(context.require(), context.keyGroup(), namespace);
    }

    final BytesOut seek(K key, int keyGroup, N namespace) {
        try {
            return layout.seek(keyGroup, key, required(namespace));
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize the key of", name, e);
        }
    }

    /** The stored entries that begin so, changes in memory left out, for any thread. */
    final Scan scanStored(byte[] prefix) {
        return new Scan(database, column.handle(), null, null, prefix, prefix, Scan.PAGE_ENTRIES);
    }

    final byte @Nullable [] readStored(byte[] key) {
        return column.read(key);
    }

    static <N> N required(@Nullable N namespace) {
        if (namespace == null) {
            throw new NullPointerException("no namespace is set");
        }
        return namespace;
    }

    // What is called after the store was closed must not reach the native side, which would crash the process.
    final void checkOpen() {
        if (closed) {
            throw new IllegalStateException("state '" + name + "' was closed");
        }
    }

    final void close() {
        closed = true;
    }

    final byte @Nullable [] read(byte[] key) {
        checkOpen();
        CachedColumn<?> present = cached;
        return present == null ? column.read(key) : present.read(key, key.length);
    }

    final void write(byte[] key, byte[] value) {
        checkOpen();
        changes++;
        CachedColumn<?> present = cached;
        if (present == null) {
            column.write(key, value);
        } else {
            present.write(key, key.length, value);
        }
    }

    final void append(byte[] key, byte[] operand) {
        checkOpen();
        changes++;
        CachedColumn<?> present = cached;
        if (present == null) {
            column.append(key, operand);
        } else {
            present.append(key, key.length, operand);
        }
    }

    final void delete(byte[] key) {
        checkOpen();
        changes++;
        CachedColumn<?> present = cached;
        if (present == null) {
            column.remove(key);
        } else {
            present.remove(key, key.length);
        }
    }

    /** Removes entries that a scan has seen, without making room for them in memory. */
    final void deleteAll(Scan scan) {
        checkOpen();
        changes++;
        try (ColumnBatch batch = column.begin()) {
            for (; scan.hasNext(); scan.advance()) {
                byte[] key = scan.key();
                batch.remove(key, key.length);
                CachedColumn<?> present = cached;
                if (present != null) {
                    present.removed(key);
                }
            }
        }
    }

    /** Lets the table keep some of its entries in memory, with values of this encoding. */
    final <C> @Nullable CachedColumn<C> cache(@Nullable EntryCache cache, Encoding<C> encoding) {
        CachedColumn<C> made = cache == null ? null : cache.cache(column, encoding);
        cached = made;
        return made;
    }

    /** To be called before a change that goes to the entries in memory. */
    final void beforeChange() {
        checkOpen();
        changes++;
    }

    /** Stores the changes that are in memory. */
    final void flush() {
        CachedColumn<?> present = cached;
        if (present != null) {
            present.flush();
        }
    }

    /** The stored entries that begin so, as they are now. */
    final Scan scan(byte[] prefix, byte[] from, int pageEntries) {
        checkOpen();
        return new Scan(database, column.handle(), null, cached, prefix, from, pageEntries);
    }

    /** Stores an entry in the form that a cut's {@link StoredCut#stored} gives, for a restore. */
    public final void load(Load load, byte[] key, byte[] value) {
        checkOpen();
        changes++;
        CachedColumn<?> present = cached;
        if (present != null) {
            present.loaded();
        }
        load.put(column.handle(), key, value);
    }

    /** Stores an entry of a key that has none and was never asked for, in a batch. */
    public final void load(Load load, K key, int keyGroup, N namespace, @Nullable V value) {
        try {
            loadStored(load, place(key, keyGroup, namespace), value);
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize a value of", name, e);
        }
    }

    /** Whether a key group has entries. */
    public final boolean hasAny(int keyGroup) {
        byte[] prefix = layout.keyGroup(keyGroup);
        return scan(prefix, prefix, 1).hasNext();
    }

    /** The entries of a key group, a page at a time: what changes meanwhile is seen or not. */
    public final Iterator<TableEntry<K, N, V>> entries(int keyGroup) {
        byte[] prefix = layout.keyGroup(keyGroup);
        return new Groups<>(form(), scan(prefix, prefix, Scan.PAGE_ENTRIES));
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public void remove(N namespace) {
        removeStored(place(namespace));
    }

    @Override
    public final @Nullable V removeAndGet(N namespace) {
        V value = get(namespace);
        remove(namespace);
        return value;
    }

    @Override
    public final <A extends @Nullable Object> void transform(N namespace, A argument, Transformation<V, A> change)
            throws Exception {
        put(namespace, change.apply(get(namespace), argument));
    }

    @Override
    public final <A extends @Nullable Object> void transformAll(A argument, Transformation<V, A> change)
            throws Exception {
        Groups<K, N, V> entries = new Groups<>(form(), scan(EVERYTHING, EVERYTHING, Scan.PAGE_ENTRIES));
        while (entries.hasNext()) {
            TableEntry<K, N, V> entry = entries.next();
            V changed = change.apply(entry.value(), argument);
            removeStored(entries.place());
            putStored(entries.place(), changed);
        }
    }

    @Override
    public final void migrate(Codec<V> values, UnaryOperator<V> change) throws Exception {
        checkOpen();
        Groups<K, N, V> entries = new Groups<>(form(), scan(EVERYTHING, EVERYTHING, Scan.PAGE_ENTRIES));
        // A new column family gets the options of the new form, such as a filter of compaction.
        ColumnFamilyHandle old = column.makeAgain();
        changeCodec(values);
        while (entries.hasNext()) {
            V value = entries.next().value();
            putStored(entries.place(), value == null ? null : change.apply(value));
        }
        database.close(old);
    }

    /** The place of any key of this subtask. */
    final byte[] placeOf(K key, N namespace) {
        int keyGroup = KeyGroups.assign(key.hashCode(), context.keyGroupCount());
        context.span().offsetOf(keyGroup);
        return place(key, keyGroup, namespace);
    }

    /**
     * The value of any key of this subtask, with codecs of the caller's own, for any thread: for others than the subtask's
     * as of the last {@link RocksStore#flush}.
     *
     * @throws IllegalStateException when the store was closed
     */
    public final @Nullable V peek(K key, N namespace, Codec<K> keys, Codec<N> namespaces, Codec<V> values)
            throws IOException {
        database.hold();
        try {
            if (Thread.currentThread() == owner) {
                flush();
            }
            KeyLayout<K, N> by = new KeyLayout<>(context.keyGroupCount(), keys, namespaces, buffers);
            int keyGroup = KeyGroups.assign(key.hashCode(), context.keyGroupCount());
            return stored(by.write(keyGroup, key, namespace), form(by, values));
        } finally {
            database.letGo();
        }
    }

    @Override
    public final long size() {
        if (closed) {
            return 0;
        }
        long entries = 0;
        Groups<K, N, V> all = new Groups<>(form(), scan(EVERYTHING, EVERYTHING, Scan.PAGE_ENTRIES));
        while (all.hasNext()) {
            all.skip();
            entries++;
        }
        return entries;
    }

    final long storedEntries() {
        long entries = 0;
        for (Scan all = scan(EVERYTHING, EVERYTHING, Scan.PAGE_ENTRIES); all.hasNext(); all.advance()) {
            entries++;
        }
        return entries;
    }

    @Override
    public final Iterator<TableEntry<K, N, V>> entries() {
        Groups<K, N, V> all = new Groups<>(form(), scan(EVERYTHING, EVERYTHING, Scan.PAGE_ENTRIES));
        int begun = changes;
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return all.hasNext();
            }

            @Override
            public TableEntry<K, N, V> next() {
                if (all.hasNext() && begun != changes) {
                    throw new ConcurrentModificationException("the table was changed while iterating over its entries");
                }
                return all.next();
            }
        };
    }

    @Override
    public final TableSweep<K, N, V> sweep(int entriesMax) {
        return new Sweep<>(this, Math.max(1, entriesMax));
    }

    @Override
    public final StoredCut<K, N, V> cut() {
        checkOpen();
        flush();
        Snapshot snapshot = database.snapshot();
        KeyLayout<K, N> ofReader = layout.duplicate();
        return new Cut<>(database, column.handle(), snapshot, ofReader, form().duplicate(ofReader));
    }

    /** Values are bytes, which words would not make smaller. */
    @Override
    public final void flatten(FlatValues<V> values) {}

    /** There is none: entries lie by key. */
    @Override
    public final @Nullable Namespaces<K, N, V> byNamespace() {
        return null;
    }
}
