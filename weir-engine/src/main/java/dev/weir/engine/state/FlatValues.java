package dev.weir.engine.state;

import org.jspecify.annotations.Nullable;

/**
 * Values that are a fixed number of longs, the words, and at most one immutable object, the part, to a store. A store that
 * knows this may keep these in the place of the value and make a new, equal value where it hands one out: a value that is
 * changed must be stored again.
 *
 * <p>Stateless, any thread.
 */
public interface FlatValues<V> {

    /** Words of a value, at least one. */
    int words();

    /** Whether values have a part, which may be null. */
    boolean hasPart();

    /** Whether words and part would say all there is to say of a value. Where they would not, the object is kept. */
    boolean fits(Object value);

    /** Writes the words of a value that fits, from an index on. */
    void write(V value, long[] to, int at);

    /** The part of a value that fits. */
    @Nullable
    Object part(V value);

    /** A value equal to that which was written. */
    V read(long[] from, int at, @Nullable Object part);

    /** The same where there is no part. */
    default V read(long[] from, int at) {
        return read(from, at, null);
    }
}
