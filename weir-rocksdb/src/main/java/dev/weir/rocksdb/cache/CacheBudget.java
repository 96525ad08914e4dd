package dev.weir.rocksdb.cache;

/**
 * The memory that the caches of a slot share. Each takes as much as is free; when one that has less than an equal share finds
 * none, those that have more give back as they go on. For any thread.
 */
public final class CacheBudget implements AutoCloseable {

    private static final int PIECES = 16;
    private static final long PIECE_MAX = 1 << 20;

    private final long limitBytes;
    private long leasedBytes;
    private int members;
    private volatile long shareBytes;
    private volatile boolean pressed;

    /** @param limitBytes what all caches may take, by estimate; with 0 none keeps an entry beyond an operation */
    public CacheBudget(long limitBytes) {
        this.limitBytes = limitBytes;
        this.shareBytes = limitBytes;
    }

    /** What all caches may take. */
    public long limitBytes() {
        return limitBytes;
    }

    /** What the caches have taken. */
    public synchronized long leasedBytes() {
        return leasedBytes;
    }

    /** How much is best asked for at a time. */
    long pieceBytes() {
        return Math.max(1, Math.min(PIECE_MAX, limitBytes / PIECES));
    }

    /** What each cache may have when all want more. */
    long shareBytes() {
        return shareBytes;
    }

    /** Whether a cache wants memory that others have beyond their share. */
    boolean isPressed() {
        return pressed;
    }

    synchronized void join() {
        members++;
        shareBytes = limitBytes / members;
    }

    /** Takes memory for a cache that has some already; false where there is not as much. */
    synchronized boolean lease(long bytes, long present) {
        if (leasedBytes + bytes <= limitBytes) {
            leasedBytes += bytes;
            return true;
        }
        if (present + bytes <= shareBytes) {
            pressed = true;
        }
        return false;
    }

    synchronized void giveBack(long bytes) {
        leasedBytes -= bytes;
        pressed = false;
    }

    synchronized void leave(long bytes) {
        giveBack(bytes);
        members--;
        shareBytes = members == 0 ? limitBytes : limitBytes / members;
    }

    /** {@inheritDoc} Nothing has to be freed: entries are on the heap. */
    @Override
    public void close() {}
}
