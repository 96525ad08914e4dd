package dev.weir.engine.exchange;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The records of a full batch in a file: their timestamps, then their bytes. Immutable.
 *
 * @param codec the reader's own
 * @param last the control element in the last slot, which is the only place for one; null where there is none
 */
record StoredRecords(SpillFile file, long position, int length, RecordCodec codec, @Nullable Control last) {

    /** Writes a full batch. Its producer's thread. */
    static StoredRecords of(Batch full, SpillFile file, RecordCodec writer, RecordCodec reader) {
        int size = full.limit();
        Control last = full.nextControl(0, size) == size ? null : (Control) full.values[size - 1];
        int count = last == null ? size : size - 1;
        try {
            byte[] records = writer.write(full, count);
            ByteBuffer block = ByteBuffer.allocate(Math.addExact(count * Long.BYTES, records.length));
            for (int slot = 0; slot < count; slot++) {
                block.putLong(full.timestamps[slot]);
            }
            block.put(records);
            return new StoredRecords(file, file.write(block.array()), block.capacity(), reader, last);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "a record of a blocking exchange cannot be serialized: " + e.getMessage(), e);
        }
    }

    /** The elements, for whom they are read. */
    @Nullable
    Object[] read(long[] timestamps) {
        int size = timestamps.length;
        int count = last == null ? size : size - 1;
        ByteBuffer block = ByteBuffer.wrap(file.read(position, length));
        for (int slot = 0; slot < count; slot++) {
            timestamps[slot] = block.getLong();
        }
        byte[] bytes = new byte[block.remaining()];
        block.get(bytes);
        Object[] values = new Object[size];
        try {
            codec.read(bytes, values, count);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "a record of a blocking exchange cannot be deserialized: " + e.getMessage(), e);
        }
        if (last != null) {
            timestamps[count] = EdgeWriter.NO_TIMESTAMP;
            values[count] = last;
        }
        return values;
    }
}
