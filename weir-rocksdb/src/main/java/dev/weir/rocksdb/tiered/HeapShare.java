package dev.weir.rocksdb.tiered;

/** What one store may take of the heap. For the subtask's thread. */
public interface HeapShare extends AutoCloseable {

    /**
     * What may be added before key groups have to leave the heap, which they have to where that is nothing.
     *
     * @param usedBytes what those on it take, by estimate
     */
    long leftBytes(long usedBytes);

    /** Takes nothing any more. Idempotent. */
    @Override
    void close();
}
