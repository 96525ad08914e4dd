package dev.weir.rocksdb.cache;

import org.jspecify.annotations.Nullable;

/** What lies beneath a cached column: the entries as the database has them. Failures are unchecked and name the state. */
public interface Column {

    /** What is stored at a key, null where nothing is. */
    byte @Nullable [] read(byte[] key);

    /** Whether nothing is stored at all. */
    boolean isEmpty();

    /** Begins a batch, of which parts may be stored before it ends. */
    Batch begin();

    /** Writes to a column. Keys are the beginnings of arrays, and are copied. Closing it stores the rest. */
    interface Batch extends AutoCloseable {

        /** Stores a value. */
        void put(byte[] key, int keyLength, byte[] value);

        /** Appends to what is stored, behind a delimiter, or stores that alone. */
        void append(byte[] key, int keyLength, byte[] operand);

        /** Removes what is stored. */
        void remove(byte[] key, int keyLength);

        @Override
        void close();
    }
}
