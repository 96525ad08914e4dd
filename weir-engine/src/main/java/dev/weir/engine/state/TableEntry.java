package dev.weir.engine.state;

import org.jspecify.annotations.Nullable;

/**
 * One entry as an iteration sees it. The value is for reading: a change must go through the table.
 *
 * @param key the key
 * @param namespace the namespace
 * @param value the value, null where a transformation stored null
 */
public record TableEntry<K, N, V>(K key, N namespace, @Nullable V value) {}
