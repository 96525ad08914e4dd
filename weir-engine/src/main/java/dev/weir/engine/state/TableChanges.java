package dev.weir.engine.state;

import java.util.BitSet;
import java.util.Iterator;

/**
 * What has changed in a table between two cuts, and how it is at the later one. For the thread that reads that cut.
 *
 * @see KeyedTable#trackChanges
 */
public interface TableChanges<K, N, V> {

    /** The buckets of a key group, see {@link HashBuckets}, in which an entry was inserted, changed or removed. */
    BitSet buckets(int keyGroup);

    /** All entries in some buckets of a key group, in no particular order. */
    Iterator<TableEntry<K, N, V>> entries(int keyGroup, BitSet buckets);
}
