package dev.weir.rocksdb;

import dev.weir.rocksdb.cache.Column;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** The column family of a state. For the subtask's thread; reads are for any that has the database held. */
final class StoredColumn implements Column {

    private final String state;
    private final NativeDatabase database;
    private ColumnFamilyHandle handle;

    /** Makes the column family. */
    StoredColumn(String state, NativeDatabase database) {
        this.state = state;
        this.database = database;
        this.handle = database.create(state);
    }

    String state() {
        return state;
    }

    NativeDatabase database() {
        return database;
    }

    ColumnFamilyHandle handle() {
        return handle;
    }

    /** Goes over to a new column family, which gets the options of now; the old one, which is given up, can be read on. */
    ColumnFamilyHandle makeAgain() throws RocksDBException {
        ColumnFamilyHandle old = handle;
        database.drop(old);
        handle = database.create(state);
        return old;
    }

    @Override
    public byte @Nullable [] read(byte[] key) {
        try {
            return database.rocks().get(handle, database.options().read(), key);
        } catch (RocksDBException e) {
            throw NativeDatabase.failed("read", state, e);
        }
    }

    @Override
    public boolean isEmpty() {
        try (RocksIterator entries =
                database.rocks().newIterator(handle, database.options().read())) {
            entries.seekToFirst();
            entries.status();
            return !entries.isValid();
        } catch (RocksDBException e) {
            throw NativeDatabase.failed("read", state, e);
        }
    }

    void write(byte[] key, byte[] value) {
        try {
            database.rocks().put(handle, database.options().write(), key, value);
        } catch (RocksDBException e) {
            throw NativeDatabase.failed("write", state, e);
        }
    }

    void append(byte[] key, byte[] operand) {
        try {
            database.rocks().merge(handle, database.options().write(), key, operand);
        } catch (RocksDBException e) {
            throw NativeDatabase.failed("append to", state, e);
        }
    }

    void remove(byte[] key) {
        try {
            database.rocks().delete(handle, database.options().write(), key);
        } catch (RocksDBException e) {
            throw NativeDatabase.failed("remove from", state, e);
        }
    }

    @Override
    public ColumnBatch begin() {
        return new ColumnBatch(this);
    }
}
