package dev.weir.engine.state;

/**
 * Keys that are longs to a store: two keys are equal exactly when their longs are. A store that knows this may keep the
 * long in the place of the key and make a new, equal key where it hands one out. Stateless, any thread.
 */
public interface LongKeys<K> {

    /** The long that stands for a key. */
    long toLong(K key);

    /** A key equal to that which gave the long. */
    K fromLong(long key);
}
