package dev.weir.rocksdb;

/** Makes the buffers that a store serializes with. Any thread. */
public interface Buffers {

    /** An empty buffer to write to. */
    BytesOut out();

    /** A buffer to read from. */
    BytesIn in();
}
