package dev.weir.rocksdb.cache;

import dev.weir.engine.state.FlatValues;
import org.jspecify.annotations.Nullable;

/** How values of a column are bytes and objects. For one thread; failures are unchecked and name the state. */
public interface Encoding<V> {

    /** Whether the cache may keep objects, see {@link #kept}; else it keeps bytes. */
    boolean keepsObjects();

    /**
     * What the bytes of a value would give, to be kept: the object itself where it cannot change. Fails where {@link #write}
     * would. Asked only where {@link #keepsObjects}.
     */
    V kept(V value);

    /** The same for a value that was kept, to be handed out. */
    V handedOut(V kept);

    /** How values are words, which the cache keeps in the place of objects; null where they are not. None of them has a part. */
    default @Nullable FlatValues<V> words() {
        return null;
    }

    /** Whether entries are read, and worth keeping once they are stored. */
    default boolean isRead() {
        return true;
    }

    /** The bytes of a value. */
    byte[] write(V value);

    /** The value of bytes. */
    @Nullable
    V read(byte[] stored);
}
