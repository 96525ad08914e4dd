package dev.weir.engine.state;

/**
 * The parts that the keys of a key group are dealt into by their hash codes, the unit in which an incremental snapshot writes
 * a table: what has changed in one since the last snapshot is written as all that is in it now. So a removal needs no
 * tombstone, and newer content of a bucket stands in the place of older.
 */
public final class HashBuckets {

    private static final int BITS = 14;

    /** How many a key group has: a few bytes for each that is written, a few entries in each of a large key group. */
    public static final int COUNT = 1 << BITS;

    private HashBuckets() {}

    /** The bucket of a key's hash code. */
    public static int of(int keyHash) {
        return ofMixed(Segment.mix(keyHash));
    }

    static int ofMixed(int mixed) {
        return mixed >>> (Integer.SIZE - BITS);
    }
}
