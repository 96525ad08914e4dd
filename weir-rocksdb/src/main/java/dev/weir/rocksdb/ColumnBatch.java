package dev.weir.rocksdb;

import dev.weir.rocksdb.cache.Column;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** Writes to a column family in batches of some size. For one thread; closing it stores the rest. */
final class ColumnBatch implements Column.Batch {

    private final StoredColumn column;
    private final WriteBatch batch = new WriteBatch();

    ColumnBatch(StoredColumn column) {
        this.column = column;
    }

    @Override
    public void put(byte[] key, byte[] value) {
        try {
            batch.put(column.handle(), key, value);
            flushIfLong();
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    @Override
    public void append(byte[] key, byte[] operand) {
        try {
            batch.merge(column.handle(), key, operand);
            flushIfLong();
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    @Override
    public void remove(byte[] key) {
        try {
            batch.delete(column.handle(), key);
            flushIfLong();
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    private void flushIfLong() throws RocksDBException {
        if (column.database().isFull(batch)) {
            flush();
        }
    }

    private void flush() throws RocksDBException {
        NativeDatabase database = column.database();
        database.rocks().write(database.options().write(), batch);
        batch.clear();
    }

    private RuntimeException failed(RocksDBException e) {
        return NativeDatabase.failed("store changes of", column.state(), e);
    }

    @Override
    public void close() {
        try {
            if (batch.count() > 0) {
                flush();
            }
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            batch.close();
        }
    }
}
