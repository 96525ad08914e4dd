package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The codec of a table in two tiers: one of live values, which is what it is itself, and one of what RocksDB stores.
 *
 * @param live of values on the heap
 * @param stored of values in RocksDB: a {@link dev.weir.rocksdb.ListCodec} or a {@link dev.weir.rocksdb.MapCodec} where they
 *     are lists or maps that can be changed element by element
 * @param storesNull whether null can be stored; where it cannot, an entry that holds null is none in RocksDB
 */
public record TieredCodec<T>(Codec<T> live, Codec<T> stored, boolean storesNull) implements Codec<T> {

    @Override
    public void write(T value, DataOutput out) throws IOException {
        live.write(value, out);
    }

    @Override
    public T read(DataInput in) throws IOException {
        return live.read(in);
    }

    @Override
    public T copy(T value) {
        return live.copy(value);
    }

    @Override
    public boolean isImmutable() {
        return live.isImmutable();
    }

    @Override
    public boolean copiesFast() {
        return live.copiesFast();
    }

    @Override
    public int fixedBytes() {
        return live.fixedBytes();
    }

    @Override
    public TieredCodec<T> duplicate() {
        return new TieredCodec<>(live.duplicate(), stored.duplicate(), storesNull);
    }

    /** The tiered codec that the codec of a tiered table is. */
    static <T> TieredCodec<T> of(Codec<T> codec, String table) {
        if (codec instanceof TieredCodec<T> tiered) {
            return tiered;
        }
        throw new IllegalArgumentException(
                "the table '" + table + "' has a codec of one tier, where there are two: " + codec.getClass());
    }
}
