package dev.weir.flink.state;

import dev.weir.rocksdb.Buffers;
import dev.weir.rocksdb.BytesIn;
import dev.weir.rocksdb.BytesOut;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** Buffers that Flink's serializers know as views of memory. Stateless. */
final class ViewBuffers implements Buffers {
    private static final int BYTES = 128;

    @Override
    public BytesOut out() {
        return new Out();
    }

    @Override
    public BytesIn in() {
        return new In();
    }

    private static final class Out extends DataOutputSerializer implements BytesOut {
        Out() {
            super(BYTES);
        }
    }

    private static final class In extends DataInputDeserializer implements BytesIn {}
}
