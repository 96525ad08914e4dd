package dev.weir.flink.state;

import dev.weir.engine.exchange.Copier;
import dev.weir.engine.state.Codec;
import dev.weir.engine.state.FlatValues;
import dev.weir.flink.record.Copiers;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A Flink serializer as the codec of a store of bytes: a copy is what the bytes would have given, whatever the serializer's
 * own copy is, so that it cannot be told whether a value went through the database.
 */
final class StoredValueCodec<T> implements Codec<T> {

    private final TypeSerializer<T> serializer;
    private final ClassLoader userLoader;
    private final SerializerCodec<T> bytes;
    private final Copier<T> copier;

    StoredValueCodec(TypeSerializer<T> serializer, ClassLoader userLoader) {
        this.serializer = serializer;
        this.userLoader = userLoader;
        this.bytes = new SerializerCodec<>(serializer);
        this.copier = Copiers.forSerializer(serializer, userLoader);
    }

    @Override
    public void write(T value, DataOutput out) throws IOException {
        bytes.write(value, out);
    }

    @Override
    public T read(DataInput in) throws IOException {
        return bytes.read(in);
    }

    @Override
    public T copy(T value) {
        return copier.copy(value);
    }

    /** Of the types that are known not to change, whatever others say of themselves. */
    @Override
    public boolean isImmutable() {
        return Copiers.isImmutable(serializer);
    }

    @Override
    public boolean copiesFast() {
        return Copiers.isGenerated(serializer);
    }

    @Override
    public @Nullable FlatValues<T> words() {
        return Words.ofStored(serializer);
    }

    @Override
    public int fixedBytes() {
        return bytes.fixedBytes();
    }

    @Override
    public Codec<T> duplicate() {
        return new StoredValueCodec<>(serializer.duplicate(), userLoader);
    }
}
