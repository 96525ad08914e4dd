package dev.weir.engine.exchange;

import org.jspecify.annotations.Nullable;

/**
 * Records that are a fixed number of longs, the words, and at most one immutable object, the part. As rows they lie one
 * behind the other in a batch: the consumer makes objects of its own of them, near its own caches, and the producer's
 * objects never leave the producer. Stateless, any thread.
 */
public interface RowFormat {

    /** Words of a row. */
    int words();

    /** A new record, equal to that which was written. */
    Object read(long[] words, int at, @Nullable Object part);
}
