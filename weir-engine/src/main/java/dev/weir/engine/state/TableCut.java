package dev.weir.engine.state;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A table as it was at one moment, see {@link KeyedTable#cut}. The subtask's thread takes it; any one thread at a time reads
 * it and closes it, while the table changes.
 *
 * <p>Values are the stored objects: they may only be read, and must be written by a codec of the reading thread's own.
 */
public interface TableCut<K, N, V> extends AutoCloseable {

    /** Number of entries of a key group. */
    int size(int keyGroup);

    /** The entries of a key group, in no particular order. */
    Iterator<TableEntry<K, N, V>> entries(int keyGroup);

    /** Tells this cut from others of the table; greater than those of earlier ones. */
    default int version() {
        return 0;
    }

    /**
     * What has changed since an earlier cut that has {@link #version()} {@code earlierVersion}; null where the table does not
     * know.
     */
    default @Nullable TableChanges<K, N, V> since(int earlierVersion) {
        return null;
    }

    /** Lets the table reuse its objects. Idempotent. */
    @Override
    void close();
}
