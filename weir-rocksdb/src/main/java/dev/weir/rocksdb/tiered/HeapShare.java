package dev.weir.rocksdb.tiered;

/** What one store may take of the heap. For the subtask's thread. */
public interface HeapShare extends AutoCloseable {

    /**
     * Whether a key group has to leave the heap.
     *
     * @param usedBytes what those on it take, by estimate
     */
    boolean isExceeded(long usedBytes);

    /** Takes nothing any more. Idempotent. */
    @Override
    void close();
}
