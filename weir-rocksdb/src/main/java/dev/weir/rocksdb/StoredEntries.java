package dev.weir.rocksdb;

/** The entries of a table in the form they are stored in, in order. For one thread. */
public interface StoredEntries {

    /** Goes to the next entry; false where there is none. To be called before the first one too. */
    boolean advance();

    /** The entry's key. */
    byte[] key();

    /** The entry's value. */
    byte[] value();
}
