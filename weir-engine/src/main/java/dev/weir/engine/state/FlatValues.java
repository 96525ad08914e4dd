package dev.weir.engine.state;

/**
 * Values that are a fixed number of longs, the words, to a store. A store that knows this may keep the words in the place
 * of the value and make a new, equal value where it hands one out: a value that is changed must be stored again.
 *
 * <p>Stateless, any thread.
 */
public interface FlatValues<V> {

    /** Words of a value, at least one. */
    int words();

    /** Whether these words would say all there is to say of a value. Where they would not, the object is kept. */
    boolean fits(Object value);

    /** Writes the words of a value that fits, from an index on. */
    void write(V value, long[] to, int at);

    /** A value equal to that which was written. */
    V read(long[] from, int at);
}
