package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.KeyContext;
import dev.weir.rocksdb.RocksTable;
import org.jspecify.annotations.Nullable;

/** Values that are read and stored whole. Those of an immutable type need not be live. */
final class SpilledValues<K, N, V> extends Spilled<K, N, V> {

    private TieredCodec<V> codec;

    private static final class Value<V> extends Live<V> {
        V value;

        Value(int keyGroup, V value) {
            super(keyGroup);
            this.value = value;
        }
    }

    SpilledValues(KeyContext<K> context, RocksTable<K, N, V> table, TieredCodec<V> codec) {
        super(context, table);
        this.codec = codec;
    }

    @Override
    void changeCodec(Codec<V> next) {
        super.changeCodec(next);
        codec = TieredCodec.of(next, table().name());
    }

    private @Nullable Value<V> present(Place<K, N> place) {
        return (Value<V>) find(place);
    }

    @Override
    @Nullable
    V get(N namespace) {
        if (codec.isImmutable()) {
            return table().get(namespace);
        }
        Place<K, N> place = here(namespace);
        Value<V> present = present(place);
        if (present != null) {
            return present.value;
        }
        V value = table().get(namespace);
        if (value != null) {
            add(place, new Value<>(context().keyGroup(), value));
        }
        return value;
    }

    @Override
    @Nullable
    V peek(K key, N namespace) {
        Value<V> present = present(new Place<>(key, namespace));
        return present == null ? table().peek(key, namespace) : present.value;
    }

    @Override
    boolean contains(N namespace) {
        return present(here(namespace)) != null || table().contains(namespace);
    }

    @Override
    void put(N namespace, @Nullable V value) {
        if (value == null) {
            remove(namespace);
            if (codec.storesNull()) {
                table().put(namespace, null);
            }
        } else if (codec.isImmutable()) {
            table().put(namespace, value);
        } else {
            Place<K, N> place = here(namespace);
            Value<V> present = present(place);
            if (present == null) {
                add(place, new Value<>(context().keyGroup(), value));
            } else {
                present.value = value;
            }
        }
    }

    @Override
    void store(Place<K, N> place, Live<V> present) {
        table().put(place.key(), present.keyGroup, place.namespace(), ((Value<V>) present).value);
    }
}
