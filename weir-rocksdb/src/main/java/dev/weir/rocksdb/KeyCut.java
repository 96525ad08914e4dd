package dev.weir.rocksdb;

import org.rocksdb.Snapshot;

/** The keys of a {@link KeyQueue} as they were at one moment. For one thread at a time; any may close it. */
public final class KeyCut implements AutoCloseable {

    private static final int PAGE_ENTRIES = 4096;

    private final StoredColumn column;
    private final Snapshot snapshot;
    private final int keyGroupCount;
    private boolean closed;

    KeyCut(StoredColumn column, Snapshot snapshot, int keyGroupCount) {
        this.column = column;
        this.snapshot = snapshot;
        this.keyGroupCount = keyGroupCount;
    }

    /** The keys of a key group, in order. */
    public StoredEntries stored(int keyGroup) {
        if (closed) {
            throw new IllegalStateException("the cut was closed");
        }
        byte[] prefix = KeyLayout.prefix(keyGroup, keyGroupCount);
        return new ScannedEntries(
                new Scan(column.database(), column.handle(), snapshot, null, prefix, prefix, PAGE_ENTRIES));
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            column.database().release(snapshot);
        }
    }
}
