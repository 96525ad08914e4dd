package dev.weir.engine.state;

import org.jspecify.annotations.Nullable;

/**
 * What a table is created from.
 *
 * @param name unique in the store
 * @param onlyNamespace set where the table has one namespace only, which then takes no memory; null else
 * @param values codec of the values
 * @param flat lets the table keep values as words, see {@link KeyedTable#flatten}; null where they are objects
 */
public record TableSpec<N, V>(String name, @Nullable N onlyNamespace, Codec<V> values, @Nullable FlatValues<V> flat) {

    /** A table that keeps values as objects. */
    public TableSpec(String name, @Nullable N onlyNamespace, Codec<V> values) {
        this(name, onlyNamespace, values, null);
    }
}
