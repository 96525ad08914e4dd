package dev.weir.testing.state;

import dev.weir.engine.state.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** The keys of the contract kit, in a number of bytes that differs. Stateless. */
public final class ContractKeyCodec implements Codec<ContractKey> {

    @Override
    public void write(ContractKey value, DataOutput out) throws IOException {
        out.writeUTF(Integer.toString(value.id(), Character.MAX_RADIX));
    }

    @Override
    public ContractKey read(DataInput in) throws IOException {
        return new ContractKey(Integer.parseInt(in.readUTF(), Character.MAX_RADIX));
    }

    @Override
    public ContractKey copy(ContractKey value) {
        return value;
    }

    @Override
    public boolean isImmutable() {
        return true;
    }

    @Override
    public Codec<ContractKey> duplicate() {
        return this;
    }
}
