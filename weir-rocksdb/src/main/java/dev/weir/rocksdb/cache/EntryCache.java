package dev.weir.rocksdb.cache;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides which entries of a database's columns stay in memory. */
public final class EntryCache implements AutoCloseable {

    /** As many bytes are evicted at a time at most, so that an operation does not wait for long. */
    private static final long EVICTED_MAX = 1 << 18;

    private static final int HELD_PARTS = 2;

    private final CacheBudget budget;
    private final List<CachedColumn<?>> columns = new ArrayList<>();

    // Whose entries are looked at next when some have to go.
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
        return columns.stream().mapToInt(CachedColumn::size).sum();
    }

    /** What the entries in memory take, by estimate, and others of the store. */
    public long usedBytes() {
        return usedBytes;
    }

    /** Others of the store have taken memory, or, where that is negative, given it back: there is the less for entries. */
    public void hold(long bytes) {
        check();
        heldBytes += bytes;
        usedBytes += bytes;
        settle();
    }

    /** Whether others of the store may take memory: up to half of what the cache may have. */
    public boolean mayHold() {
        return heldBytes < budget.shareBytes() / HELD_PARTS && usedBytes <= leasedBytes;
    }

    /** Entries take so much more than before. */
    void resized(long bytes) {
        usedBytes += bytes;
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

    // An entry that was used is passed over once, so after two rounds nothing is left to evict.
    private void evict(long keptBytes) {
        long excess = usedBytes - keptBytes;
        for (int ends = 0; excess > 0 && ends <= 2 * columns.size(); ) {
            long picked = columns.get(hand).pick(excess);
            if (picked < excess) {
                ends++;
                hand = (hand + 1) % columns.size();
            }
            excess -= picked;
        }
        columns.forEach(CachedColumn::evict);
    }

    /** Changes were not stored. */
    void fail(Throwable reason) {
        failure = reason;
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
            budget.leave(leasedBytes);
            leasedBytes = 0;
            usedBytes = 0;
            heldBytes = 0;
        }
    }
}
