package dev.weir.flink.host;

import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.RowFormat;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.function.IntPredicate;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.InputChannelStateHandle;
import org.apache.flink.runtime.state.InputStateHandle;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * Feeds what an unaligned checkpoint has kept to the inputs of a chain, before anything new. With another parallelism the
 * records of a channel may be somebody else's too: of a keyed input those are taken whose key group is the subtask's.
 */
final class RestoredRecords {
    private final OvertakenRecords.Inputs inputs;
    private final List<@Nullable KeySelector<Object, Object>> keys;
    private final int maxParallelism;
    private final IntPredicate ownKeyGroup;

    /**
     * @param keys of each input, null where it is not keyed
     * @param ownKeyGroup whether a key group is the subtask's
     */
    RestoredRecords(
            OvertakenRecords.Inputs inputs,
            List<@Nullable KeySelector<Object, Object>> keys,
            int maxParallelism,
            IntPredicate ownKeyGroup) {
        this.inputs = inputs;
        this.keys = keys;
        this.maxParallelism = maxParallelism;
        this.ownKeyGroup = ownKeyGroup;
    }

    /** Takes a record of a logical input. */
    interface Sink {
        void accept(int input, RecordBatch batch) throws Exception;
    }

    void feed(Iterable<InputStateHandle> handles, Sink sink) throws Exception {
        for (InputStateHandle each : handles) {
            if (!(each instanceof InputChannelStateHandle handle)) {
                throw new IOException("records in flight of another format than Weir's: " + each);
            }
            feed(handle, sink);
        }
    }

    private void feed(InputChannelStateHandle handle, Sink sink) throws Exception {
        int input = inputs.gates().get(handle.getInfo().getGateIdx()).input();
        TypeSerializer<Object> serializer = inputs.serializer(input);
        KeySelector<Object, Object> key = keys.get(input);
        DataInputDeserializer in = new DataInputDeserializer(bytes(handle));
        One one = new One();
        try {
            while (in.available() > 0) {
                one.timestamps[0] = in.readLong();
                one.values[0] = serializer.deserialize(in);
                if (key == null || isOwn(key.getKey(one.values[0]))) {
                    sink.accept(input, one);
                }
            }
        } catch (EOFException e) {
            throw new IOException("records in flight end in the midst of one: " + handle, e);
        }
    }

    private boolean isOwn(Object key) {
        return ownKeyGroup.test(KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism));
    }

    private static byte[] bytes(InputChannelStateHandle handle) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(handle.getStateSize())];
        try (FSDataInputStream in = handle.getDelegate().openInputStream()) {
            in.seek(handle.getOffsets().get(0));
            IOUtils.readFully(in, bytes, 0, bytes.length);
        }
        return bytes;
    }

    /** A batch of one record. */
    private record One(Object[] values, long[] timestamps, long[] words, @Nullable RowFormat format)
            implements RecordBatch {
        One() {
            this(new Object[1], new long[1], new long[0], null);
        }
    }
}
