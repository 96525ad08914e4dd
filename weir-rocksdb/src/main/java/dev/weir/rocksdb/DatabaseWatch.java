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

    /** Tells two. */
    static DatabaseWatch both(DatabaseWatch first, DatabaseWatch second) {
        return new DatabaseWatch() {
            @Override
            public void opened(RocksDB database, DBOptions options) {
                first.opened(database, options);
                second.opened(database, options);
            }

            @Override
            public void column(String state, ColumnFamilyHandle column) {
                first.column(state, column);
                second.column(state, column);
            }

            @Override
            public void closing(ColumnFamilyHandle column) {
                first.closing(column);
                second.closing(column);
            }

            @Override
            public void closing() {
                first.closing();
                second.closing();
            }
        };
    }

    /** The database has been opened. */
    default void opened(RocksDB database, DBOptions options) {}

    /** A state has a column family, another one than before perhaps. */
    default void column(String state, ColumnFamilyHandle column) {}

    /** A column family is about to be closed. */
    default void closing(ColumnFamilyHandle column) {}

    /** The database is about to be closed. */
    default void closing() {}
}
