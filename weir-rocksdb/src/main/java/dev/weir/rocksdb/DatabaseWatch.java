package dev.weir.rocksdb;

import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;

/**
 * Is told of a database while it is open, so that others may ask RocksDB about it meanwhile, from any thread. Called by
 * whoever opens and closes: what is told to be closing may not be asked any more once the call has returned.
 */
public interface DatabaseWatch {

    /** Looks at nothing. */
    DatabaseWatch NONE = new DatabaseWatch() {};

    /** The database has been opened. */
    default void opened(RocksDB database, DBOptions options) {}

    /** A state has a column family, another one than before perhaps. */
    default void column(String state, ColumnFamilyHandle column) {}

    /** A column family is about to be closed. */
    default void closing(ColumnFamilyHandle column) {}

    /** The database is about to be closed. */
    default void closing() {}
}
