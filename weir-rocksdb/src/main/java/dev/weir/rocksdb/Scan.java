package dev.weir.rocksdb;

import dev.weir.rocksdb.cache.CachedColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;

/**
 * Reads stored entries in order, a page at a time. Between pages it holds no native object, and a page is as old as its
 * reading: without a snapshot, changes are seen from the next page on. For one thread that has the database held.
 */
final class Scan {

    /** As many as Flink's iterators over maps read at a time. */
    static final int PAGE_ENTRIES = 128;

    private static final int PAGE_BYTES = 1 << 20;

    private final NativeDatabase database;
    private final ColumnFamilyHandle column;
    private final @Nullable Snapshot snapshot;
    private final @Nullable CachedColumn<?> cached;
    private final byte[] prefix;
    private final int pageEntries;
    private final List<byte[]> keys = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();
    private int at;

    // Where the next page begins; null when all has been read.
    private byte @Nullable [] next;

    /**
     * @param cached has changes that are to be stored before each page; null where it has none
     * @param prefix what the keys of all entries begin with
     * @param from where to begin, not before the prefix
     * @param pageEntries how many to read at a time
     */
    Scan(
            NativeDatabase database,
            ColumnFamilyHandle column,
            @Nullable Snapshot snapshot,
            @Nullable CachedColumn<?> cached,
            byte[] prefix,
            byte[] from,
            int pageEntries) {
        this.database = database;
        this.column = column;
        this.snapshot = snapshot;
        this.cached = cached;
        this.prefix = prefix;
        this.next = from;
        this.pageEntries = pageEntries;
        readPage();
    }

    boolean hasNext() {
        return at < keys.size();
    }

    byte[] key() {
        return keys.get(at);
    }

    byte[] value() {
        return values.get(at);
    }

    void advance() {
        at++;
        if (at == keys.size() && next != null) {
            readPage();
        }
    }

    private void readPage() {
        keys.clear();
        values.clear();
        at = 0;
        byte[] from = next;
        next = null;
        if (cached != null) {
            cached.flush();
        }
        if (snapshot == null) {
            read(from, database.options().read());
        } else {
            try (ReadOptions reads = new ReadOptions(database.options().read()).setSnapshot(snapshot)) {
                read(from, reads);
            }
        }
    }

    private void read(byte @Nullable [] from, ReadOptions reads) {
        int bytes = 0;
        try (RocksIterator entries = database.rocks().newIterator(column, reads)) {
            for (entries.seek(from); entries.isValid(); entries.next()) {
                byte[] key = entries.key();
                if (!startsWith(key, prefix)) {
                    break;
                }
                if (keys.size() == pageEntries || bytes > PAGE_BYTES) {
                    next = key;
                    return;
                }
                byte[] value = entries.value();
                bytes += key.length + value.length;
                keys.add(key);
                values.add(value);
            }
            entries.status();
        } catch (RocksDBException e) {
            throw NativeDatabase.failed("iterate over", "of the column family " + column.getID(), e);
        }
    }

    static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }
}
