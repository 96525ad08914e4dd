package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps all state as live objects on the Java heap. A read hands out the stored object, and changing it changes the
 * state; it must not be held beyond the processing of the record.
 *
 * <p>Belongs to the subtask's thread; never blocks.
 */
public final class HeapStore<K> implements KeyedStore<K> {

    private final KeyContext<K> context;
    private final @Nullable LongKeys<K> longKeys;
    private final Map<String, HeapTable<K, ?, ?>> tables = new LinkedHashMap<>();
    private final List<HeapTable<K, ?, ?>> closed = new ArrayList<>();

    /** A store without tables. */
    public HeapStore(KeyContext<K> context) {
        this(context, null);
    }

    /**
     * A store without tables, for keys that are longs.
     *
     * @param longKeys lets tables keep keys as longs; null where keys are objects
     */
    public HeapStore(KeyContext<K> context, @Nullable LongKeys<K> longKeys) {
        this.context = context;
        this.longKeys = longKeys;
    }

    @Override
    public KeyContext<K> context() {
        return context;
    }

    @Override
    public <N, V> HeapTable<K, N, V> create(TableSpec<N, V> spec) {
        HeapTable<K, N, V> table = new HeapTable<>(spec, context, longKeys);
        if (tables.putIfAbsent(spec.name(), table) != null) {
            throw new IllegalStateException("the store has a table '" + spec.name() + "' already");
        }
        return table;
    }

    @Override
    public @Nullable KeyedTable<K, ?, ?> table(String name) {
        return tables.get(name);
    }

    @Override
    public boolean handsOutLiveValues() {
        return true;
    }

    @Override
    public long size() {
        long entries = 0;
        for (HeapTable<K, ?, ?> table : tables.values()) {
            entries += table.size();
        }
        return entries;
    }

    @Override
    public void close() {
        closed.addAll(tables.values());
        tables.clear();
    }

    /** {@inheritDoc} Open cuts have what they had. */
    @Override
    public void release() {
        closed.forEach(HeapTable::release);
        closed.clear();
    }
}
