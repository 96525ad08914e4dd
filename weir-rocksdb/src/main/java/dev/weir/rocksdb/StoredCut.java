package dev.weir.rocksdb;

import dev.weir.engine.state.TableCut;

/** A table as it was at one moment, which can be read in the form it is stored in. */
public interface StoredCut<K, N, V> extends TableCut<K, N, V> {

    /** The stored entries of a key group, in order; a map's are as many as it has. */
    StoredEntries stored(int keyGroup);
}
