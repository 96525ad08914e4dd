package dev.weir.rocksdb.tiered;

/**
 * The part of the heap that the tiered stores of a slot share. When it is used up, those go over to RocksDB that have taken at
 * least as much as each would get if all got the same. For any thread.
 */
public final class HeapQuota implements AutoCloseable {

    private final long limitBytes;
    private long usedBytes;
    private int members;

    /** @param limitBytes what all stores may take, by estimate; with 0 none has anything on the heap */
    public HeapQuota(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** What all stores may take. */
    public long limitBytes() {
        return limitBytes;
    }

    /** What they have taken when they last looked. */
    public synchronized long usedBytes() {
        return usedBytes;
    }

    /** The share of one more store. */
    public synchronized HeapShare join() {
        members++;
        return new Member();
    }

    private synchronized long leftBytes(long before, long now) {
        usedBytes += now - before;
        return Math.max(limitBytes - usedBytes, limitBytes / members - now) / members;
    }

    private synchronized void leave(long bytes) {
        usedBytes -= bytes;
        members--;
    }

    /** {@inheritDoc} Nothing has to be freed. */
    @Override
    public void close() {}

    private final class Member implements HeapShare {
        private long reportedBytes;
        private boolean left;

        @Override
        public long leftBytes(long bytes) {
            long before = reportedBytes;
            reportedBytes = bytes;
            return HeapQuota.this.leftBytes(before, bytes);
        }

        @Override
        public void close() {
            if (!left) {
                left = true;
                leave(reportedBytes);
            }
        }
    }
}
