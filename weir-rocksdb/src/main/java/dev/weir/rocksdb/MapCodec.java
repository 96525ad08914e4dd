package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Maps of which each entry is stored by itself. A table with this codec is a {@link MapTable}; a whole map is written as
 * its size and its entries. For one thread.
 */
public final class MapCodec<U, W> implements Codec<Map<U, W>> {

    private final Codec<U> keys;
    private final Codec<W> values;

    public MapCodec(Codec<U> keys, Codec<W> values) {
        this.keys = keys;
        this.values = values;
    }

    /** The codec of users' keys. */
    public Codec<U> keys() {
        return keys;
    }

    /** The codec of users' values. */
    public Codec<W> values() {
        return values;
    }

    /** A value, which may be null. */
    void writeValue(@Nullable W value, DataOutput out) throws IOException {
        out.writeBoolean(value == null);
        if (value != null) {
            values.write(value, out);
        }
    }

    @Nullable
    W readValue(DataInput in) throws IOException {
        return in.readBoolean() ? null : values.read(in);
    }

    @Override
    public void write(Map<U, W> value, DataOutput out) throws IOException {
        out.writeInt(value.size());
        for (Map.Entry<U, W> entry : value.entrySet()) {
            keys.write(entry.getKey(), out);
            writeValue(entry.getValue(), out);
        }
    }

    @SuppressWarnings("NullAway") // the maps of users may hold null
    @Override
    public Map<U, W> read(DataInput in) throws IOException {
        Map<U, W> map = new HashMap<>();
        for (int rest = in.readInt(); rest > 0; rest--) {
            map.put(keys.read(in), readValue(in));
        }
        return map;
    }

    @SuppressWarnings("NullAway") // the maps of users may hold null
    @Override
    public Map<U, W> copy(Map<U, W> value) {
        Map<U, W> copy = new HashMap<>();
        value.forEach((key, element) -> copy.put(keys.copy(key), element == null ? null : values.copy(element)));
        return copy;
    }

    @Override
    public boolean isImmutable() {
        return false;
    }

    @Override
    public MapCodec<U, W> duplicate() {
        return new MapCodec<>(keys.duplicate(), values.duplicate());
    }
}
