package dev.weir.engine.state;

/**
 * The parts that the keys of a key group are dealt into by their hash codes, the unit in which an incremental snapshot writes
 * a table: what has changed in one since the last snapshot is written as all that is in it now. So a removal needs no
 * tombstone, and newer content of a bucket stands in the place of older.
 */
public final class HashBuckets {

    private static final int BITS = 16;

    /**
     * How many a key group has: two bytes for each that is written, a few entries in each of a large key group. With fewer more
     * is written that has not changed.
     */
    public static final int COUNT = 1 << BITS;

    /** How many buckets one is noted for where an entry was removed, which takes memory all the time. */
    static final int REMOVED_TOGETHER = 4;

    private HashBuckets() {}

    /** The bucket of a key's hash code. */
    public static int of(int keyHash) {
        return ofMixed(Segment.mix(keyHash));
    }

    static int ofMixed(int mixed) {
        return mixed >>> (Integer.SIZE - BITS);
    }
}
