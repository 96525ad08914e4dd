package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableSpec;
import dev.weir.rocksdb.cache.CacheBudget;
import dev.weir.rocksdb.cache.EntryCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;

/**
 * Keeps state in a RocksDB database of its own, a column family for each table. A table whose codec is a {@link ListCodec}
 * or a {@link MapCodec} is a {@link ListTable} or a {@link MapTable}.
 *
 * <p>Belongs to the subtask's thread; blocks for I/O. Failures of the disk are {@code UncheckedIOException}s that name the
 * state.
 */
public final class RocksStore<K> implements KeyedStore<K> {

    private final KeyContext<K> context;
    private final Supplier<Codec<K>> keys;
    private final Buffers buffers;
    private final NativeDatabase database;
    private final Map<String, RocksTable<K, ?, ?>> tables = new LinkedHashMap<>();
    private final Map<String, KeyQueue> queues = new LinkedHashMap<>();
    private final @Nullable EntryCache cache;
    private boolean closed;

    /**
     * Opens a store: an empty one, or, where there are files {@link #databaseIn} its directory, one whose tables begin with
     * what is there. Options are asked for all of these at once.
     *
     * @param keys codec of the keys, asked for when a table is made
     * @param buffers what codecs write to and read from
     * @param directory of this store alone, made here and removed when it is closed
     * @param options closed with the store
     */
    public RocksStore(
            KeyContext<K> context, Supplier<Codec<K>> keys, Buffers buffers, Path directory, RocksOptions options)
            throws IOException {
        this(context, keys, buffers, directory, options, null);
    }

    /**
     * The same.
     *
     * @param exported what the tables begin with, where there are no files; null for nothing. Not closed
     */
    public RocksStore(
            KeyContext<K> context,
            Supplier<Codec<K>> keys,
            Buffers buffers,
            Path directory,
            RocksOptions options,
            @Nullable ExportedColumns exported)
            throws IOException {
        this.context = context;
        this.keys = keys;
        this.buffers = buffers;
        this.database = new NativeDatabase(directory, options, exported);
        CacheBudget budget = options.cache();
        this.cache = budget == null ? null : new EntryCache(budget);
    }

    /** Where a store has its database, in a directory of the store's own. */
    public static Path databaseIn(Path directory) {
        return directory.resolve("db");
    }

    /** Loads the native library, which options need too. Idempotent, any thread. */
    public static void loadLibrary() {
        RocksDB.loadLibrary();
    }

    @Override
    public KeyContext<K> context() {
        return context;
    }

    /**
     * Refuses what no state can be called.
     *
     * @throws IllegalStateException which names the reason
     */
    public static void checkName(String state) {
        if (state.equals(NativeDatabase.DEFAULT)) {
            throw new IllegalStateException(
                    "the name 'default' of a state is that of RocksDB's default column family: choose another name");
        }
    }

    @Override
    public <N, V> KeyedTable<K, N, V> create(TableSpec<N, V> spec) {
        if (tables.containsKey(spec.name()) || queues.containsKey(spec.name())) {
            throw new IllegalStateException("the store has a table '" + spec.name() + "' already");
        }
        checkName(spec.name());
        RocksTable<K, N, V> table = newTable(spec);
        tables.put(spec.name(), table);
        return table;
    }

    @SuppressWarnings("unchecked") // the codec tells what V is
    private <N, V> RocksTable<K, N, V> newTable(TableSpec<N, V> spec) {
        Codec<N> namespaces = spec.namespaces();
        if (namespaces == null) {
            throw new IllegalArgumentException("the table '" + spec.name() + "' has no codec for its namespaces");
        }
        KeyLayout<K, N> layout = new KeyLayout<>(context.keyGroupCount(), keys.get(), namespaces, buffers);
        Codec<V> values = spec.values();
        if (values instanceof ListCodec<?> lists) {
            return (RocksTable<K, N, V>) new ListTable<>(spec.name(), context, database, layout, lists, buffers, cache);
        }
        if (values instanceof MapCodec<?, ?> maps) {
            return (RocksTable<K, N, V>) new MapTable<>(spec.name(), context, database, layout, maps, buffers, cache);
        }
        return new ValueTable<>(spec.name(), context, database, layout, values, buffers, cache);
    }

    @Override
    public @Nullable KeyedTable<K, ?, ?> table(String name) {
        return tables.get(name);
    }

    /**
     * The files of the database as they are now, without copying any. What is in memory is written first; that, and not the
     * size of the state, is how long it takes.
     *
     * @throws IOException when the disk fails
     */
    public FileCut files() throws IOException {
        flush();
        return database.files();
    }

    /**
     * Drops all entries that the database began with but those of this store's key groups, without looking at them.
     *
     * @param present the key groups that the database was of
     * @param wholeFiles whether files with nothing else in them are deleted at once
     */
    public void clip(KeyGroupSpan present, boolean wholeFiles) throws IOException {
        KeyGroupSpan wanted = context.span();
        if (present.first() < wanted.first()) {
            database.remove(prefix(present.first()), prefix(wanted.first()), wholeFiles);
        }
        if (present.last() > wanted.last()) {
            database.remove(prefix(wanted.last() + 1), prefix(present.last() + 1), wholeFiles);
        }
    }

    /**
     * Has RocksDB rewrite the files that have something of other key groups, in the background, for as long as the store is open.
     * Once.
     */
    public void compactOutside() {
        database.compactOutside(context.span(), context.keyGroupCount());
    }

    private byte[] prefix(int keyGroup) {
        return KeyLayout.prefix(keyGroup, context.keyGroupCount());
    }

    /** Reads all entries of a key group, of a table that the database began with and that has not been made. */
    public void readUnclaimed(String table, int keyGroup, StoredReader to) throws IOException {
        ColumnFamilyHandle column = database.unclaimed(table);
        if (column == null) {
            throw new IOException("the database did not begin with a table '" + table + "'");
        }
        byte[] prefix = prefix(keyGroup);
        Scan scan = new Scan(database, column, null, null, prefix, prefix, Scan.PAGE_ENTRIES);
        for (; scan.hasNext(); scan.advance()) {
            to.take(scan.key(), scan.value());
        }
    }

    /** Gives up the tables that the database began with and that have not been made. */
    public void dropUnclaimed() {
        database.dropUnclaimed();
    }

    /** The queue of this name, made at the first call. */
    public KeyQueue queue(String name) {
        if (tables.containsKey(name)) {
            throw new IllegalStateException("the store has a table '" + name + "', which is no queue");
        }
        return queues.computeIfAbsent(name, n -> new KeyQueue(n, database, context.keyGroupCount(), cache));
    }

    /** Begins a restore of stored entries. */
    public Load load() {
        return new Load(database);
    }

    /**
     * Stores the changes that are in memory only, so that the database has all state. To be called in the synchronous part of
     * whatever reads the database itself, such as a native checkpoint; {@link RocksTable#cut} does so for its table.
     */
    public void flush() {
        if (cache != null) {
            cache.flush();
        }
        queues.values().forEach(KeyQueue::flush);
    }

    @Override
    public boolean handsOutLiveValues() {
        return false;
    }

    @Override
    public long size() {
        long entries = 0;
        for (RocksTable<K, ?, ?> table : tables.values()) {
            entries += table.size();
        }
        return entries;
    }

    /** Number of entries of the database: a map has as many as it has keys. */
    public long storedEntries() {
        long entries = 0;
        for (RocksTable<K, ?, ?> table : tables.values()) {
            entries += table.storedEntries();
        }
        return entries;
    }

    /** {@inheritDoc} Cuts that are still open can be read on; the last one closed removes the database. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            tables.values().forEach(RocksTable::close);
            tables.clear();
            queues.values().forEach(KeyQueue::close);
            if (cache != null) {
                cache.close();
            }
            database.letGo();
        }
    }
}
