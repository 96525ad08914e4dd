package dev.weir.rocksdb;

import java.io.DataOutput;

/** A growing array of bytes that codecs write to, of the kind that they know best. For one thread. */
public interface BytesOut extends DataOutput {

    /** Bytes written so far. */
    int length();

    /** Drops what was written from a position on. */
    void setPosition(int position);

    /** Drops all that was written. */
    void clear();

    /** The array that is written to, valid up to {@link #length()} and until the next change. */
    byte[] getSharedBuffer();

    /** What was written, in an array of the caller's own. */
    byte[] getCopyOfBuffer();
}
