package dev.weir.engine.state;

import org.jspecify.annotations.Nullable;

/**
 * The keyed state of one operator in one subtask: named tables by (key group, key, namespace) that share a key context.
 *
 * <p>What a user may do with a value differs by implementation, see {@link #handsOutLiveValues()}. All methods are for the
 * subtask's thread and return without waiting for others; a store on disk may block for I/O.
 */
public interface KeyedStore<K> extends AutoCloseable {

    /** The key context of all tables. */
    KeyContext<K> context();

    /**
     * Creates a table.
     *
     * @throws IllegalStateException when the store has a table of this name
     */
    <N, V> KeyedTable<K, N, V> create(TableSpec<N, V> spec);

    /** The table of this name, or null. */
    @Nullable
    KeyedTable<K, ?, ?> table(String name);

    /**
     * True where reads hand out the stored object, so that a change to it is a change of the state; false where they hand
     * out a copy and only an update stores.
     */
    boolean handsOutLiveValues();

    /** Number of entries of all tables, over all keys and namespaces. */
    long size();

    /** Drops everything; what is on the heap can be read until {@link #release}. Idempotent. */
    @Override
    void close();

    /** Gives back the memory of a store that was closed, of which nobody reads anything any more. Idempotent. */
    default void release() {}
}
