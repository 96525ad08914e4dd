package dev.weir.rocksdb.tiered;

import dev.weir.rocksdb.Load;
import dev.weir.rocksdb.RocksStore;

/**
 * Some state of a tiered store: what it has of each key group is on the heap, or, once the store has moved that, in RocksDB.
 * For the subtask's thread.
 */
public interface Movable<K> {

    /** What it takes on the heap, by estimate. Looks at some of it, so as to know better the next time. */
    long estimatedBytes();

    /** What one entry takes there, by estimate. */
    double entryBytes();

    /** Entries of a key group on the heap. */
    int size(int keyGroup);

    /** Makes the part in a database that has been opened. Once, before anything moves. */
    void spillTo(RocksStore<K> database);

    /** Whether the database has any of a key group. */
    boolean hasStored(int keyGroup);

    /** Writes a key group to the database; it stays on the heap until it is cleared there. */
    void copy(int keyGroup, Load load);

    /** Drops a key group that has been copied from the heap. The store says that it is stored. */
    void clear(int keyGroup);
}
