package dev.weir.rocksdb;

import java.io.IOException;

/** Takes entries in the form they are stored in. */
public interface StoredReader {

    /** The next entry. */
    void take(byte[] key, byte[] value) throws IOException;
}
