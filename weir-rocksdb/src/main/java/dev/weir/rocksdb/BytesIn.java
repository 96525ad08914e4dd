package dev.weir.rocksdb;

import java.io.DataInput;

/** An array of bytes that codecs read from, of the kind that they know best. For one thread. */
public interface BytesIn extends DataInput {

    /** Reads from the beginning of an array from now on. */
    void setBuffer(byte[] bytes);

    /** Bytes that are left. */
    int available();
}
