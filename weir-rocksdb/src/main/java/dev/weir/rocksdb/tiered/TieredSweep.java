package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSweep;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Sweeps what is on the heap, then what is stored by then. Entries that move meanwhile may be seen twice. */
final class TieredSweep<K, N, V> implements TableSweep<K, N, V> {

    private final TieredTable<K, N, V> table;
    private final int entriesMax;
    private final TableSweep<K, N, V> heap;
    private @Nullable TableSweep<K, N, V> stored;
    private boolean overHeap;
    private int moves;

    TieredSweep(TieredTable<K, N, V> table, int entriesMax) {
        this.table = table;
        this.entriesMax = entriesMax;
        this.heap = table.onHeap().sweep(entriesMax);
    }

    /** The sweep of the tier whose turn it is. */
    private TableSweep<K, N, V> turn() {
        moves = table.moves();
        overHeap = heap.hasNext();
        if (overHeap) {
            return heap;
        }
        table.settle();
        TableSweep<K, N, V> present = stored;
        if (present == null) {
            Spilled<K, N, V> spilled = table.spilled();
            present = spilled == null ? heap : spilled.table().sweep(entriesMax);
            stored = present;
        }
        return present;
    }

    @Override
    public boolean hasNext() {
        return turn().hasNext();
    }

    @Override
    public List<TableEntry<K, N, V>> next() {
        return turn().next();
    }

    @Override
    public void removeIf(Predicate<? super V> over) {
        turn().removeIf(over);
    }

    @Override
    public void remove(TableEntry<K, N, V> entry) {
        visited().remove(entry);
    }

    @Override
    public void update(TableEntry<K, N, V> entry, @Nullable V value) {
        visited().update(entry, value);
    }

    private TableSweep<K, N, V> visited() {
        if (moves != table.moves()) {
            throw new IllegalStateException("the entry is not of the last visit: a key group has moved since");
        }
        if (overHeap) {
            return heap;
        }
        table.settle();
        TableSweep<K, N, V> present = stored;
        return present == null ? heap : present;
    }
}
