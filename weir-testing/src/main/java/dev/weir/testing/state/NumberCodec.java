package dev.weir.testing.state;

import dev.weir.engine.state.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** An immutable value type: longs and doubles. Stateless. */
public final class NumberCodec implements Codec<Number> {

    @Override
    public void write(Number value, DataOutput out) throws IOException {
        boolean isDouble = value instanceof Double;
        out.writeBoolean(isDouble);
        out.writeLong(isDouble ? Double.doubleToRawLongBits(value.doubleValue()) : value.longValue());
    }

    @Override
    public Number read(DataInput in) throws IOException {
        boolean isDouble = in.readBoolean();
        long bits = in.readLong();
        return isDouble ? (Number) Double.longBitsToDouble(bits) : (Number) bits;
    }

    @Override
    public Number copy(Number value) {
        return value;
    }

    @Override
    public boolean isImmutable() {
        return true;
    }

    @Override
    public Codec<Number> duplicate() {
        return this;
    }
}
