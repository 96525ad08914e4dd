package dev.weir.rocksdb;

import dev.weir.rocksdb.cache.CacheBudget;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.WriteOptions;

/**
 * What a database is opened with. Owns all native objects that it hands out, and those that they refer to. The store sets
 * on top what it relies on: that the database is created, the merge operator, and that there is no log of writes.
 */
public interface RocksOptions extends AutoCloseable {

    /** Options of the database. */
    DBOptions database();

    /** Options of a new column family. */
    ColumnFamilyOptions column(String state);

    /** How state is written. */
    WriteOptions write();

    /** How state is read. */
    ReadOptions read();

    /** What the entries that are kept in memory as objects may take; null where none are. */
    default @Nullable CacheBudget cache() {
        return null;
    }

    /** How much is collected before it is written; 0 where only the number of changes counts. */
    default long batchBytes() {
        return 1 << 20;
    }

    /** Is told of the database. */
    default DatabaseWatch watch() {
        return DatabaseWatch.NONE;
    }

    /** Closes what was handed out, after the database. Idempotent. */
    @Override
    void close();
}
