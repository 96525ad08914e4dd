package dev.weir.engine.state;

import org.jspecify.annotations.Nullable;

/**
 * What a table is created from.
 *
 * @param name unique in the store
 * @param onlyNamespace set where the table has one namespace only, which then takes no memory; null else
 * @param values codec of the values
 * @param namespaces codec of the namespaces; null where the store is known to keep no bytes
 * @param flat lets the table keep values as words, see {@link KeyedTable#flatten}; null where they are objects
 */
public record TableSpec<N, V>(
        String name,
        @Nullable N onlyNamespace,
        @Nullable Codec<N> namespaces,
        Codec<V> values,
        @Nullable FlatValues<V> flat) {

    /** A table on the heap that keeps values as objects. */
    public TableSpec(String name, @Nullable N onlyNamespace, Codec<V> values) {
        this(name, onlyNamespace, null, values, null);
    }

    /** A table on the heap that may keep values as words. */
    public TableSpec(String name, @Nullable N onlyNamespace, Codec<V> values, @Nullable FlatValues<V> flat) {
        this(name, onlyNamespace, null, values, flat);
    }
}
