package dev.weir.testing.state;

import dev.weir.engine.state.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Strings. Stateless. */
public final class TextCodec implements Codec<String> {

    @Override
    public void write(String value, DataOutput out) throws IOException {
        out.writeUTF(value);
    }

    @Override
    public String read(DataInput in) throws IOException {
        return in.readUTF();
    }

    @Override
    public String copy(String value) {
        return value;
    }

    @Override
    public boolean isImmutable() {
        return true;
    }

    @Override
    public Codec<String> duplicate() {
        return this;
    }
}
