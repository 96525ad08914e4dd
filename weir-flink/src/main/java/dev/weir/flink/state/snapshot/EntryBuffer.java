package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/** Collects serialized entries in memory and hands them on in large pieces: serializers write a few bytes at a time. */
final class EntryBuffer {

    private static final int SPILL_BYTES = 1 << 16;

    private final DataOutputSerializer bytes;
    private final OutputStream out;

    EntryBuffer(OutputStream out) {
        this(new DataOutputSerializer(2 * SPILL_BYTES), out);
    }

    private EntryBuffer(DataOutputSerializer bytes, OutputStream out) {
        this.bytes = bytes;
        this.out = out;
    }

    /** The same memory for another stream, in turns. */
    EntryBuffer to(OutputStream other) {
        return new EntryBuffer(bytes, other);
    }

    /** Where entries are written. */
    DataOutputView view() {
        return bytes;
    }

    /** To be called after each entry: hands on what has been collected if that is much. */
    void spill() throws IOException {
        if (bytes.length() >= SPILL_BYTES) {
            flush();
        }
    }

    /** Hands on all that has been collected. */
    void flush() throws IOException {
        out.write(bytes.getSharedBuffer(), 0, bytes.length());
        bytes.clear();
    }
}
