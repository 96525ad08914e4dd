package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.TableCut;
import dev.weir.engine.state.TableEntry;
import dev.weir.rocksdb.StoredCut;
import dev.weir.rocksdb.StoredEntries;
import java.util.BitSet;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** A table as it was at one moment, in both tiers. */
public final class TieredCut<K, N, V> implements TableCut<K, N, V> {

    private final TableCut<K, N, V> heap;
    private final @Nullable StoredCut<K, N, V> stored;
    private final BitSet inStore;

    /** @param inStore the key groups that were stored; none where there is no cut of what is stored */
    TieredCut(TableCut<K, N, V> heap, @Nullable StoredCut<K, N, V> stored, BitSet inStore) {
        this.heap = heap;
        this.stored = stored;
        this.inStore = inStore;
    }

    private TableCut<K, N, V> of(int keyGroup) {
        StoredCut<K, N, V> present = stored;
        return present != null && inStore.get(keyGroup) ? present : heap;
    }

    @Override
    public int size(int keyGroup) {
        return of(keyGroup).size(keyGroup);
    }

    @Override
    public Iterator<TableEntry<K, N, V>> entries(int keyGroup) {
        return of(keyGroup).entries(keyGroup);
    }

    /** The entries of a key group in the form they are stored in; null where it is on the heap. */
    public @Nullable StoredEntries stored(int keyGroup) {
        StoredCut<K, N, V> present = stored;
        return present != null && inStore.get(keyGroup) ? present.stored(keyGroup) : null;
    }

    @Override
    public int version() {
        return heap.version();
    }

    @Override
    public void close() {
        try {
            heap.close();
        } finally {
            if (stored != null) {
                stored.close();
            }
        }
    }
}
