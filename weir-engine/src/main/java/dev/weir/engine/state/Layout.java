package dev.weir.engine.state;

import org.jspecify.annotations.Nullable;

/**
 * Where the parts of a segment's entry are. Its longs are: hash and version stamp, the key if it is a long, the words of the
 * value if it is flat. Its objects are, in this order, those of value (or its part), key and namespace that are not
 * elsewhere.
 */
final class Layout<K, N, V> {

    final @Nullable N onlyNamespace;
    final @Nullable LongKeys<K> keys;
    final @Nullable FlatValues<V> flat;

    /** Longs per entry. */
    final int width;

    /** Objects per entry. */
    final int stride;

    /** Where the value's words begin. */
    final int wordsAt;

    final int keyAt;
    final int namespaceAt;

    Layout(@Nullable N onlyNamespace, @Nullable LongKeys<K> keys, @Nullable FlatValues<V> flat) {
        this.onlyNamespace = onlyNamespace;
        this.keys = keys;
        this.flat = flat;
        this.wordsAt = keys == null ? 1 : 2;
        this.width = flat == null ? wordsAt : wordsAt + flat.words();
        this.keyAt = flat == null || flat.hasPart() ? 1 : 0;
        this.namespaceAt = keys == null ? keyAt + 1 : keyAt;
        this.stride = onlyNamespace == null ? namespaceAt + 1 : namespaceAt;
    }

    /** The same with other values. */
    Layout<K, N, V> with(@Nullable FlatValues<V> values) {
        return new Layout<>(onlyNamespace, keys, values);
    }
}
