package dev.weir.rocksdb.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides which entries of a database's columns stay in memory. */
public final class EntryCache implements AutoCloseable {

    /** As many bytes are evicted at a time at most, so that an operation does not wait for long. */
    private static final long EVICTED_MAX = 1 << 18;

    private static final int HELD_PARTS = 2;

    private final CacheBudget budget;
    private final List<CachedColumn<?>> columns = new ArrayList<>();
    private Entry[] ring = new Entry[64];
    private int entries;
    private int hand;
    private long usedBytes;
    private long leasedBytes;
    private long heldBytes;
    private boolean closed;
    private @Nullable Throwable failure;

    /** @param budget shared with the caches of other databases */
    public EntryCache(CacheBudget budget) {
        this.budget = budget;
        budget.join();
    }

    /** Begins to cache a column. */
    public <V> CachedColumn<V> cache(Column column, Encoding<V> encoding) {
        CachedColumn<V> cached = new CachedColumn<>(this, column, encoding);
        columns.add(cached);
        return cached;
    }

    /** Stores all changes. */
    public void flush() {
        for (CachedColumn<?> column : columns) {
            column.flush();
        }
        settle();
    }

    /** Number of entries in memory, those that are known to be absent included. */
    public int size() {
        return entries;
    }

    /** What the entries in memory take, by estimate, and others of the store. */
    public long usedBytes() {
        return usedBytes;
    }

    /** Others of the store have taken memory, or, where that is negative, given it back: there is the less for entries. */
    public void hold(int bytes) {
        heldBytes += bytes;
        usedBytes += bytes;
        settle();
    }

    /** Whether others of the store may take memory: up to half of what the cache may have. */
    public boolean mayHold() {
        return heldBytes < budget.shareBytes() / HELD_PARTS && usedBytes <= leasedBytes;
    }

    void add(Entry entry) {
        if (entries == ring.length) {
            ring = Arrays.copyOf(ring, 2 * entries);
        }
        entry.inRing = entries;
        ring[entries++] = entry;
        entry.bytes = entry.size();
        usedBytes += entry.bytes;
    }

    void resized(Entry entry) {
        int now = entry.size();
        usedBytes += now - entry.bytes;
        entry.bytes = now;
    }

    /** To be called with an entry that has no changes, or had them taken down. */
    void remove(Entry entry) {
        Entry last = ring[--entries];
        ring[entry.inRing] = last;
        last.inRing = entry.inRing;
        last.column.moved(last);
        entry.inRing = -1;
        clearLast();
        usedBytes -= entry.bytes;
    }

    Entry at(int inRing) {
        return ring[inRing];
    }

    @SuppressWarnings("NullAway") // behind the last entry
    private void clearLast() {
        ring[entries] = null;
    }

    /** Makes the entries fit the budget. To be called at the end of whatever adds to them. */
    void settle() {
        if (closed) {
            return;
        }
        if (usedBytes > leasedBytes) {
            long wanted = Math.max(budget.pieceBytes(), usedBytes - leasedBytes);
            if (budget.lease(wanted, leasedBytes)) {
                leasedBytes += wanted;
            } else {
                evict(Math.max(heldBytes, leasedBytes - Math.min(EVICTED_MAX, leasedBytes / 16)));
            }
        } else if (budget.isPressed() && leasedBytes > Math.max(heldBytes, budget.shareBytes())) {
            long kept = Math.max(heldBytes, budget.shareBytes());
            evict(kept);
            budget.giveBack(leasedBytes - kept);
            leasedBytes = kept;
        }
    }

    private void evict(long keptBytes) {
        List<Entry> changed = new ArrayList<>();
        while (usedBytes > keptBytes && entries > 0) {
            if (hand >= entries) {
                hand = 0;
            }
            Entry entry = ring[hand];
            if (entry.used) {
                entry.used = false;
            } else {
                if (entry.isChanged()) {
                    changed.add(entry);
                    entry.column.unchanged(entry);
                }
                remove(entry);
                entry.column.unlink(entry);
            }
            hand++;
        }
        store(changed);
    }

    /** Stores changed entries, column by column. */
    private void store(List<Entry> changed) {
        for (CachedColumn<?> column : columns) {
            List<Entry> ofColumn = new ArrayList<>();
            for (Entry entry : changed) {
                if (entry.column == column) {
                    ofColumn.add(entry);
                }
            }
            if (!ofColumn.isEmpty()) {
                store(column, ofColumn.toArray(Entry[]::new));
            }
        }
    }

    /** Stores changed entries of a column, in the order of keys. */
    void store(CachedColumn<?> column, Entry[] changed) {
        try {
            column.store(KeyOrder.sorted(changed));
        } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
        }
    }

    /** After changes could not be stored, nothing of the state may be relied on. */
    void check() {
        Throwable failed = failure;
        if (failed != null) {
            throw new IllegalStateException("the state lacks changes that could not be stored: " + failed, failed);
        }
    }

    /** Forgets all, changes included. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            columns.clear();
            ring = new Entry[0];
            entries = 0;
            budget.leave(leasedBytes);
            leasedBytes = 0;
            usedBytes = 0;
            heldBytes = 0;
        }
    }
}
