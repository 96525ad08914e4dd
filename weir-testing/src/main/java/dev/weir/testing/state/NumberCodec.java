package dev.weir.testing.state;

import dev.weir.engine.state.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An immutable value type: longs and doubles, and null. Stateless. */
public final class NumberCodec implements Codec<Number> {

    private static final int LONG = 0;
    private static final int DOUBLE = 1;
    private static final int NULL = 2;

    @Override
    public void write(@Nullable Number value, DataOutput out) throws IOException {
        if (value == null) {
            out.writeByte(NULL);
            return;
        }
        boolean isDouble = value instanceof Double;
        out.writeByte(isDouble ? DOUBLE : LONG);
        out.writeLong(isDouble ? Double.doubleToRawLongBits(value.doubleValue()) : value.longValue());
    }

    @SuppressWarnings("NullAway") // a table's values may be null, which its type parameter does not say
    @Override
    public Number read(DataInput in) throws IOException {
        int kind = in.readByte();
        if (kind == NULL) {
            return null;
        }
        long bits = in.readLong();
        return kind == DOUBLE ? (Number) Double.longBitsToDouble(bits) : (Number) bits;
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
