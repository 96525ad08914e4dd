package dev.weir.flink.state;

import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSweep;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.runtime.state.StateEntry;
import org.apache.flink.runtime.state.internal.InternalKvState.StateIncrementalVisitor;
import org.jspecify.annotations.Nullable;

/** A sweep of the store as the visitor Flink's TTL clean-up works with. */
final class TableVisitor<K, N, V> implements StateIncrementalVisitor<K, N, V> {

    private final TableSweep<K, N, V> sweep;

    TableVisitor(TableSweep<K, N, V> sweep) {
        this.sweep = sweep;
    }

    @Override
    public boolean hasNext() {
        return sweep.hasNext();
    }

    @Override
    public Collection<StateEntry<K, N, V>> nextEntries() {
        List<TableEntry<K, N, V>> entries = sweep.next();
        List<StateEntry<K, N, V>> visited = new ArrayList<>(entries.size());
        for (TableEntry<K, N, V> entry : entries) {
            visited.add(new Visited<>(entry));
        }
        return visited;
    }

    @Override
    public void remove(StateEntry<K, N, V> entry) {
        sweep.remove(((Visited<K, N, V>) entry).entry);
    }

    @Override
    public void update(StateEntry<K, N, V> entry, V value) {
        sweep.update(((Visited<K, N, V>) entry).entry, value);
    }

    private record Visited<K, N, V>(TableEntry<K, N, V> entry) implements StateEntry<K, N, V> {
        @Override
        public K getKey() {
            return entry.key();
        }

        @Override
        public N getNamespace() {
            return entry.namespace();
        }

        @Override
        public @Nullable V getState() {
            return entry.value();
        }
    }
}
