package dev.weir.rocksdb;

import dev.weir.rocksdb.cache.Column;
import org.rocksdb.RocksDBException;

/** Writes to a column family in batches of some size. For one thread; closing it stores the rest. */
final class ColumnBatch implements Column.Batch {

    private final StoredColumn column;
    private final int number;
    private final Changes changes = new Changes();

    ColumnBatch(StoredColumn column) {
        this.column = column;
        this.number = column.handle().getID();
    }

    @Override
    public void put(byte[] key, int keyLength, byte[] value) {
        changes.put(number, key, keyLength, value);
        flushIfLong();
    }

    @Override
    public void append(byte[] key, int keyLength, byte[] operand) {
        changes.merge(number, key, keyLength, operand);
        flushIfLong();
    }

    @Override
    public void remove(byte[] key, int keyLength) {
        changes.delete(number, key, keyLength);
        flushIfLong();
    }

    private void flushIfLong() {
        if (column.database().isFull(changes)) {
            flush();
        }
    }

    private void flush() {
        try {
            changes.writeTo(column.database());
        } catch (RocksDBException e) {
            throw NativeDatabase.failed("store changes of", column.state(), e);
        }
    }

    @Override
    public void close() {
        flush();
    }
}
