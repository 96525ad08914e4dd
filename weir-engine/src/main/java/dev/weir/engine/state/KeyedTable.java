package dev.weir.engine.state;

import java.util.Iterator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The values of one state by (key group, key, namespace). Methods without a key refer to the key of the store's {@link
 * KeyContext} and fail with a {@code NullPointerException} when none is selected or the namespace is null.
 *
 * <p>For the subtask's thread. A table holds whole values; stores that can append to a list or change one entry of a map
 * without reading the rest offer further kinds of table beside this one.
 */
public interface KeyedTable<K, N, V> {

    /** The name of the state. */
    String name();

    /** The value, or null where there is no entry. */
    @Nullable
    V get(N namespace);

    /** Whether there is an entry, also one that holds null. */
    boolean contains(N namespace);

    /** Stores a value. Whether null can be stored is, where the store keeps bytes, the codec's business. */
    void put(N namespace, @Nullable V value);

    /** Removes the entry if there is one. */
    void remove(N namespace);

    /** Removes the entry and hands its value over to the caller; null where there was none. */
    @Nullable
    V removeAndGet(N namespace);

    /**
     * Stores what the transformation makes of the present value, null where there is no entry. Nothing changes if it
     * throws.
     */
    <A extends @Nullable Object> void transform(N namespace, A argument, Transformation<V, A> transformation)
            throws Exception;

    /** Transforms every value of the table. The transformation may not touch the table. */
    <A extends @Nullable Object> void transformAll(A argument, Transformation<V, A> transformation) throws Exception;

    /** The value of any key of this subtask, for reading only; does not change the key context. */
    @Nullable
    V peek(K key, N namespace);

    /** Number of entries. A store of bytes has to read them all. */
    long size();

    /**
     * All entries, in no particular order. The table may not be changed while iterating: the iterator fails with a {@code
     * ConcurrentModificationException} then.
     */
    Iterator<TableEntry<K, N, V>> entries();

    /** Begins a sweep that visits up to {@code entriesMax} entries at a time. */
    TableSweep<K, N, V> sweep(int entriesMax);

    /**
     * So many entries of a key group are about to be stored, in any order. A hint: a table that grows while it is filled in the
     * order of another one is slow, since their hash codes crowd in one place.
     */
    default void expect(int keyGroup, int entries) {}

    /**
     * Freezes the entries as they are now, without a look at any of them. The table works on as before; values that were
     * handed out earlier must not be changed any more. What the cut needs is kept until it is closed.
     */
    TableCut<K, N, V> cut();

    /**
     * Lets cuts from the next one on tell what has changed since it, see {@link TableCut#since}. Costs memory for removals
     * until {@link #forgetChanges}. Without effect where the store cannot, and from the second call on.
     */
    default void trackChanges() {}

    /** No cut will be asked for what has changed since a version before this one. */
    default void forgetChanges(int version) {}

    /** Replaces the codec by one that reads what the present one has written, when the type has evolved. */
    void changeCodec(Codec<V> values);

    /**
     * Replaces the codec by one of another form of the type, and every value by what a change makes of it: a store of bytes
     * reads each with the codec of before and writes it with the new one.
     */
    void migrate(Codec<V> values, UnaryOperator<V> change) throws Exception;

    /**
     * Lets the table keep values as words. Who calls this promises for all users of the table that a value they read and
     * change is stored again, which holds by itself for immutable types: reads may hand out fresh values from now on. A
     * store may keep objects nevertheless.
     */
    void flatten(FlatValues<V> values);

    /**
     * Arranges the table by namespace first, and gives access to whole namespaces; null where the store cannot. All else
     * works as before. A namespace takes memory from its first entry on until it is dropped.
     */
    @Nullable
    Namespaces<K, N, V> byNamespace();
}
