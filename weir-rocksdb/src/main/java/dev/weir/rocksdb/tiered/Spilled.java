package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.KeyContext;
import dev.weir.rocksdb.ListTable;
import dev.weir.rocksdb.MapTable;
import dev.weir.rocksdb.RocksTable;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The part of a table that is in RocksDB, with the semantics of the heap. What was read or put since it was last settled is
 * live: an object that user code may change, and whose changes count. It hides what the database has.
 *
 * <p>Methods without a key refer to the selected one, of a key group that is stored. For the subtask's thread.
 */
abstract sealed class Spilled<K, N, V> permits SpilledValues, SpilledLists, SpilledMaps {

    private final KeyContext<K> context;
    private final RocksTable<K, N, V> table;
    private final Map<Place<K, N>, Live<V>> live = new HashMap<>();

    /** Where a live object belongs. */
    record Place<K, N>(K key, N namespace) {}

    /** What is live of one place. */
    abstract static class Live<V> {
        final int keyGroup;

        Live(int keyGroup) {
            this.keyGroup = keyGroup;
        }
    }

    Spilled(KeyContext<K> context, RocksTable<K, N, V> table) {
        this.context = context;
        this.table = table;
    }

    /** The part of a table that is in one of RocksDB. */
    @SuppressWarnings("unchecked") // the kind of table tells what V is
    static <K, N, V> Spilled<K, N, V> of(KeyContext<K> context, RocksTable<K, N, V> table, TieredCodec<V> codec) {
        Object any = table;
        Spilled<K, N, ?> spilled;
        if (any instanceof ListTable<?, ?, ?>) {
            spilled = new SpilledLists<>(context, (ListTable<K, N, ?>) any);
        } else if (any instanceof MapTable<?, ?, ?, ?>) {
            spilled = new SpilledMaps<>(context, (MapTable<K, N, ?, ?>) any);
        } else {
            spilled = new SpilledValues<>(context, table, codec);
        }
        return (Spilled<K, N, V>) spilled;
    }

    /** The whole value, live; null where there is none. */
    abstract @Nullable V get(N namespace);

    /** The same of any key, for reading; the value need not be live. */
    abstract @Nullable V peek(K key, N namespace);

    abstract boolean contains(N namespace);

    abstract void put(N namespace, @Nullable V value);

    /** Stores what is live of a place; it stays live. */
    abstract void store(Place<K, N> place, Live<V> present);

    /** Stores what is live of a place for the last time. */
    void settle(Place<K, N> place, Live<V> present) {
        store(place, present);
    }

    /** Values have another codec from now on. Nothing is live. */
    void changeCodec(Codec<V> codec) {
        table.changeCodec(TieredCodec.of(codec, table.name()).stored());
    }

    final RocksTable<K, N, V> table() {
        return table;
    }

    final KeyContext<K> context() {
        return context;
    }

    final Place<K, N> here(N namespace) {
        return new Place<>(context.require(), Objects.requireNonNull(namespace, "Provided namespace is null."));
    }

    final @Nullable Live<V> find(Place<K, N> place) {
        return live.isEmpty() ? null : live.get(place);
    }

    final void add(Place<K, N> place, Live<V> added) {
        live.put(place, added);
    }

    final void forget(Place<K, N> place) {
        live.remove(place);
    }

    final void remove(N namespace) {
        forget(here(namespace));
        table.remove(namespace);
    }

    /** How many places have something that is live. */
    final int live() {
        return live.size();
    }

    /** Stores what is live, so that RocksDB has everything; it stays live. */
    final void store() {
        live.forEach(this::store);
    }

    /** Stores what is live, which it is no more: nobody uses it. */
    final void settle() {
        if (!live.isEmpty()) {
            live.forEach(this::settle);
            live.clear();
        }
    }
}
