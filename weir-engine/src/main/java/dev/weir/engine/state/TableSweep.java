package dev.weir.engine.state;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Visits a table a few entries at a time while the table changes, for clean-up beside other work. Where the table does
 * not change, each entry is visited once; where it does, an entry may be seen again or be left to the next sweep.
 */
public interface TableSweep<K, N, V> {

    /** Whether there may be more entries. */
    boolean hasNext();

    /**
     * The next entries as they are now, at most as many as asked for. None does not mean that the sweep is over: a call
     * does a bounded amount of work. Valid until the next call.
     */
    List<TableEntry<K, N, V>> next();

    /**
     * Visits as many entries as {@link #next()} would and removes those whose value is over, as the test says, which may
     * not change values.
     */
    void removeIf(Predicate<? super V> over);

    /** Removes an entry of the last {@link #next()}. */
    void remove(TableEntry<K, N, V> entry);

    /** Replaces the value of an entry of the last {@link #next()}. */
    void update(TableEntry<K, N, V> entry, @Nullable V value);
}
