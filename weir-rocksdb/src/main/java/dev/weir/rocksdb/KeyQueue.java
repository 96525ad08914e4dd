package dev.weir.rocksdb;

import dev.weir.rocksdb.cache.CachedColumn;
import dev.weir.rocksdb.cache.Encoding;
import dev.weir.rocksdb.cache.EntryCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/**
 * A column family of keys without values, of which the first of each key group is wanted: timers. A key begins with its key
 * group, as in {@link KeyLayout}, and the order of bytes is that of the timers. This is Flink's layout.
 *
 * <p>For the subtask's thread; reads and writes block for I/O.
 */
public final class KeyQueue {

    private static final int PAGE_KEYS = 512;
    private static final byte[] NOTHING = {};

    private final StoredColumn column;
    private final @Nullable EntryCache cache;
    private final @Nullable CachedColumn<byte[]> cached;
    private final int keyGroupCount;
    private final List<OrderedKeys> groups = new ArrayList<>();
    private boolean closed;

    KeyQueue(String name, NativeDatabase database, int keyGroupCount, @Nullable EntryCache cache) {
        this.column = new StoredColumn(name, database);
        this.keyGroupCount = keyGroupCount;
        this.cache = cache;
        this.cached = cache == null ? null : cache.cache(column, new NoValue());
    }

    /** The keys of a key group. */
    public OrderedKeys ofKeyGroup(int keyGroup, OrderedKeys.Head head) {
        OrderedKeys keys = new OrderedKeys(this, keyGroup, head);
        groups.add(keys);
        return keys;
    }

    /** What the keys of a key group begin with. */
    public byte[] prefix(int keyGroup) {
        return KeyLayout.prefix(keyGroup, keyGroupCount);
    }

    void close() {
        closed = true;
    }

    // What is called after the store was closed must not reach the native side, which would crash the process.
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the timers '" + column.state() + "' were closed");
        }
    }

    /** Keys in memory take so much more than before. */
    void hold(long bytes) {
        if (cache != null) {
            cache.hold(bytes);
        }
    }

    /** Whether more keys may be in memory than have to. */
    boolean hasRoom() {
        return cache != null && cache.mayHold();
    }

    /** Whether keys may be in memory that the database has not. */
    boolean writesBack() {
        return cached != null;
    }

    void add(byte[] key, int length) {
        checkOpen();
        if (cached == null) {
            column.write(Arrays.copyOf(key, length), NOTHING);
        } else {
            cached.write(key, length, NOTHING);
        }
    }

    void remove(byte[] key, int length) {
        checkOpen();
        if (cached == null) {
            column.remove(Arrays.copyOf(key, length));
        } else {
            cached.remove(key, length);
        }
    }

    /** Whether the database has keys of a key group. */
    public boolean hasAny(int keyGroup) {
        return !page(keyGroup, prefix(keyGroup), 1).isEmpty();
    }

    /** Writes a key of a key group that has none, whose queue is told when all are written: {@link OrderedKeys#loaded}. */
    public void load(Load load, byte[] key) {
        checkOpen();
        load.put(column.handle(), key, NOTHING);
    }

    /** Stores the changes that are in memory. */
    void flush() {
        flush(groups);
    }

    /** Stores the changes of some key groups at least. */
    void flush(List<OrderedKeys> some) {
        if (cached == null) {
            return;
        }
        List<OrderedKeys> changed =
                some.stream().filter(keys -> !keys.isStored()).toList();
        cached.writeBehind(batch -> {
            for (OrderedKeys keys : changed) {
                for (byte[] key : keys.notStored()) {
                    batch.put(key, key.length, NOTHING);
                }
            }
        });
        changed.forEach(OrderedKeys::stored);
    }

    /** The keys of a key group from some key on. */
    List<byte[]> page(int keyGroup, byte[] from, int keysMax) {
        checkOpen();
        if (cached != null) {
            cached.flush();
        }
        NativeDatabase database = column.database();
        List<byte[]> page = new ArrayList<>();
        // without the bound, a search that finds nothing goes over the removed keys of all later key groups
        try (Slice end = new Slice(prefix(keyGroup + 1));
                ReadOptions reads = new ReadOptions(database.options().read()).setIterateUpperBound(end);
                RocksIterator keys = database.rocks().newIterator(column.handle(), reads)) {
            for (keys.seek(from); keys.isValid() && page.size() < keysMax; keys.next()) {
                page.add(keys.key());
            }
            keys.status();
        } catch (RocksDBException e) {
            throw NativeDatabase.failed("iterate over", column.state(), e);
        }
        return page;
    }

    Iterator<byte[]> iterator(int keyGroup, byte[] from) {
        return new Iterator<>() {
            private List<byte[]> page = page(keyGroup, from, PAGE_KEYS);
            private int at;

            @Override
            public boolean hasNext() {
                if (at == PAGE_KEYS) {
                    byte[] last = page.get(at - 1);
                    page = page(keyGroup, Arrays.copyOf(last, last.length + 1), PAGE_KEYS);
                    at = 0;
                }
                return at < page.size();
            }

            @Override
            public byte[] next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return page.get(at++);
            }
        };
    }

    /** Freezes the keys as they are now. */
    public KeyCut cut() {
        checkOpen();
        flush();
        Snapshot snapshot = column.database().snapshot();
        return new KeyCut(column, snapshot, keyGroupCount);
    }

    /** There is only the key. */
    private static final class NoValue implements Encoding<byte[]> {
        @Override
        public boolean keepsObjects() {
            return false;
        }

        @Override
        public boolean isRead() {
            return false;
        }

        @Override
        public byte[] kept(byte[] value) {
            return value;
        }

        @Override
        public byte[] handedOut(byte[] kept) {
            return kept;
        }

        @Override
        public byte[] write(byte[] value) {
            return value;
        }

        @Override
        public byte[] read(byte[] stored) {
            return stored;
        }
    }
}
