package dev.weir.rocksdb.cache;

import org.jspecify.annotations.Nullable;

/** A key of a column and what is known of its value. */
final class Entry {

    /** What is known of the value. */
    enum Kind {
        /** There is none. */
        ABSENT,
        /** It is an object, or bytes. */
        PRESENT,
        /** Some bytes are to be appended to it. */
        APPENDED
    }

    /** What an entry takes beside key and value: itself, its places in table, ring and list of changes. */
    private static final int OVERHEAD_BYTES = 88;

    private static final int OBJECT_BYTES = 24;
    private static final int ARRAY_BYTES = 16;

    final CachedColumn<?> column;
    final byte[] key;
    final int hash;

    @Nullable
    Entry nextInBucket;

    Kind kind = Kind.ABSENT;

    /** An object, or the words of the value where the column keeps such. */
    @Nullable
    Object value;

    /** The value in front, what is to be appended where the entry is such; null where {@link #value} is not. */
    byte @Nullable [] stored;

    /** Of {@link #stored}, how much counts. */
    int length;

    /** How much of {@link #stored} the database has at least: more can be appended there. */
    int durable;

    /** Whether the database is known to have nothing at the key. */
    boolean missing;

    /** Since the hand came by. */
    boolean used;

    /** Negative when the entry is not in memory any more. */
    int inRing = -1;

    /** Among the column's changes, negative where the database has what the entry has. */
    int inChanges = -1;

    int bytes;

    Entry(CachedColumn<?> column, byte[] key, int hash) {
        this.column = column;
        this.key = key;
        this.hash = hash;
    }

    boolean isChanged() {
        return inChanges >= 0;
    }

    void absent() {
        kind = Kind.ABSENT;
        value = null;
        stored = null;
        length = 0;
        durable = 0;
    }

    void bytes(Kind of, byte[] bytesOfValue) {
        kind = of;
        value = null;
        stored = bytesOfValue;
        length = bytesOfValue.length;
        durable = 0;
    }

    void object(Object object, int storedBytes) {
        kind = Kind.PRESENT;
        value = object;
        stored = null;
        length = storedBytes;
        durable = 0;
    }

    /** What the entry takes, by estimate: objects about twice as much as their bytes. */
    int size() {
        byte[] held = stored;
        int ofValue = held != null
                ? ARRAY_BYTES + held.length
                : value == null
                        ? 0
                        : value instanceof long[] words && column.keepsWords()
                                ? ARRAY_BYTES + words.length * Long.BYTES
                                : OBJECT_BYTES + 2 * length;
        return OVERHEAD_BYTES + key.length + ofValue;
    }
}
