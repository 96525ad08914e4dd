package dev.weir.rocksdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Changes that are written to a database together, in the form of RocksDB's write batches: a sequence number of eight bytes, how
 * many changes there are in four, little-endian both, and for each change its kind, column family, key and value, with their
 * lengths. Collected here, since a call of the native batch takes longer than a change. Columns are given by their numbers, keys as
 * beginnings of arrays. For one thread.
 */
final class Changes {

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int COUNT_AT = 8;
    private static final int BEGIN = 12;

    private static final int PUT = 1;
    private static final int DELETE = 0;
    private static final int MERGE = 2;

    /** The kinds of changes to column families other than the default one. */
    private static final int PUT_TO = 5;

    private static final int DELETE_FROM = 4;
    private static final int MERGE_TO = 6;

    private static final int VARINT_MAX = 5;

    /** As long as arrays can be. */
    private static final int BYTES_MAX = Integer.MAX_VALUE - 8;

    private byte[] bytes = new byte[1024];
    private int length = BEGIN;
    private int count;

    int count() {
        return count;
    }

    /** Bytes of the batch. */
    int size() {
        return length;
    }

    void put(int column, byte[] key, int keyLength, byte[] value) {
        begin(column, PUT, PUT_TO, key, keyLength, value.length);
        append(value, value.length);
    }

    void merge(int column, byte[] key, int keyLength, byte[] operand) {
        begin(column, MERGE, MERGE_TO, key, keyLength, operand.length);
        append(operand, operand.length);
    }

    void delete(int column, byte[] key, int keyLength) {
        begin(column, DELETE, DELETE_FROM, key, keyLength, 0);
    }

    private void begin(int column, int kind, int kindTo, byte[] key, int keyLength, int valueLength) {
        reserve(1 + 3L * VARINT_MAX + keyLength + valueLength);
        bytes[length++] = (byte) (column == 0 ? kind : kindTo);
        if (column != 0) {
            varint(column);
        }
        append(key, keyLength);
        count++;
    }

    private void append(byte[] part, int partLength) {
        varint(partLength);
        System.arraycopy(part, 0, bytes, length, partLength);
        length += partLength;
    }

    private void varint(int value) {
        int rest = value;
        while (rest >>> 7 != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    private void reserve(long more) {
        long needed = length + more;
        if (needed > BYTES_MAX) {
            throw new IllegalArgumentException("an entry of " + more + " bytes, more than fit a batch: " + BYTES_MAX);
        }
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(BYTES_MAX, Math.max(needed, 2L * bytes.length)));
        }
    }

    /** The batch. To be closed. */
    WriteBatch batch() {
        INTS.set(bytes, COUNT_AT, count);
        return new WriteBatch(Arrays.copyOf(bytes, length));
    }

    /** Writes the changes, if there are any, and begins anew. */
    void writeTo(NativeDatabase database) throws RocksDBException {
        if (count > 0) {
            try (WriteBatch batch = batch()) {
                database.rocks().write(database.options().write(), batch);
            }
            clear();
        }
    }

    void clear() {
        length = BEGIN;
        count = 0;
    }
}
