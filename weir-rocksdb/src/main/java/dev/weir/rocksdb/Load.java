package dev.weir.rocksdb;

import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;

/** Writes stored entries in batches, see {@link RocksTable#load}. For the subtask's thread; closing it writes the rest. */
public final class Load implements AutoCloseable {

    private final NativeDatabase database;
    private final Changes changes = new Changes();
    private @Nullable ColumnFamilyHandle last;
    private int lastNumber;

    Load(NativeDatabase database) {
        this.database = database;
    }

    @SuppressWarnings("ReferenceEquality") // another object would only be asked again
    void put(ColumnFamilyHandle column, byte[] key, byte[] value) {
        if (column != last) {
            last = column;
            lastNumber = column.getID();
        }
        changes.put(lastNumber, key, key.length, value);
        if (database.isFull(changes)) {
            flush();
        }
    }

    /** Writes what has been collected. */
    public void flush() {
        try {
            changes.writeTo(database);
        } catch (RocksDBException e) {
            throw NativeDatabase.failed("restore", "in a batch", e);
        }
    }

    @Override
    public void close() {
        flush();
    }
}
