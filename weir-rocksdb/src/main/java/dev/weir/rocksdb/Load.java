package dev.weir.rocksdb;

import java.io.UncheckedIOException;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** Writes stored entries in batches, see {@link RocksTable#load}. For the subtask's thread; closing it writes the rest. */
public final class Load implements AutoCloseable {

    private final NativeDatabase database;
    private final WriteBatch batch = new WriteBatch();

    Load(NativeDatabase database) {
        this.database = database;
    }

    void put(ColumnFamilyHandle column, byte[] key, byte[] value) {
        try {
            batch.put(column, key, value);
            if (database.isFull(batch)) {
                flush();
            }
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    /** Writes what has been collected. */
    public void flush() {
        if (batch.count() > 0) {
            try {
                database.rocks().write(database.options().write(), batch);
            } catch (RocksDBException e) {
                throw failed(e);
            }
            batch.clear();
        }
    }

    @Override
    public void close() {
        try {
            flush();
        } finally {
            batch.close();
        }
    }

    private static UncheckedIOException failed(RocksDBException e) {
        return NativeDatabase.failed("restore", "in a batch", e);
    }
}
