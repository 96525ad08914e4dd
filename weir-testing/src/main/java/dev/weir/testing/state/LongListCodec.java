package dev.weir.testing.state;

import dev.weir.engine.state.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A mutable value type: lists of longs, and null. Stateless. */
public final class LongListCodec implements Codec<List<Long>> {

    @Override
    public void write(@Nullable List<Long> value, DataOutput out) throws IOException {
        if (value == null) {
            out.writeInt(-1);
            return;
        }
        out.writeInt(value.size());
        for (long element : value) {
            out.writeLong(element);
        }
    }

    @SuppressWarnings("NullAway") // a table's values may be null, which its type parameter does not say
    @Override
    public List<Long> read(DataInput in) throws IOException {
        int size = in.readInt();
        if (size < 0) {
            return null;
        }
        List<Long> value = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            value.add(in.readLong());
        }
        return value;
    }

    @Override
    public List<Long> copy(List<Long> value) {
        return new ArrayList<>(value);
    }

    @Override
    public boolean copiesFast() {
        return true;
    }

    @Override
    public boolean isImmutable() {
        return false;
    }

    @Override
    public Codec<List<Long>> duplicate() {
        return this;
    }
}
