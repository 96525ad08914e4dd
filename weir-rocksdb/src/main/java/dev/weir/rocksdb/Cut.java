package dev.weir.rocksdb;

import dev.weir.engine.state.TableEntry;
import java.util.Iterator;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Snapshot;

/** A table under a snapshot of the database, which it holds until it is closed. */
final class Cut<K, N, V> implements StoredCut<K, N, V> {

    // Much longer pages than elsewhere: each costs a search for where it begins.
    private static final int PAGE_ENTRIES = 4096;

    private final NativeDatabase database;
    private final ColumnFamilyHandle column;
    private final Snapshot snapshot;
    private final KeyLayout<K, N> layout;
    private final Form<K, N, V> form;
    private boolean closed;

    Cut(
            NativeDatabase database,
            ColumnFamilyHandle column,
            Snapshot snapshot,
            KeyLayout<K, N> layout,
            Form<K, N, V> form) {
        this.database = database;
        this.column = column;
        this.snapshot = snapshot;
        this.layout = layout;
        this.form = form;
    }

    private Scan scan(int keyGroup) {
        if (closed) {
            throw new IllegalStateException("the cut was closed");
        }
        byte[] prefix = layout.keyGroup(keyGroup);
        return new Scan(database, column, snapshot, null, prefix, prefix, PAGE_ENTRIES);
    }

    @Override
    public int size(int keyGroup) {
        int entries = 0;
        Groups<K, N, V> all = new Groups<>(form, scan(keyGroup));
        while (all.hasNext()) {
            all.skip();
            entries++;
        }
        return entries;
    }

    @Override
    public Iterator<TableEntry<K, N, V>> entries(int keyGroup) {
        return new Groups<>(form, scan(keyGroup));
    }

    @Override
    public StoredEntries stored(int keyGroup) {
        return new ScannedEntries(scan(keyGroup));
    }

    // The release of a snapshot that is no longer read waits for nobody, so any thread may do it, once.
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            database.release(snapshot);
        }
    }
}
