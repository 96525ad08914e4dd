package dev.weir.flink.host;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.RowFormat;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.state.InputChannelStateHandle;
import org.apache.flink.runtime.state.InputStateHandle;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * Feeds what an unaligned checkpoint has kept to the inputs of a chain, before anything new. With another parallelism the
 * records of a channel may be somebody else's too: those are taken that the edge's partitioner would send here.
 */
final class RestoredRecords {
    private final OvertakenRecords.Inputs inputs;
    private final List<@Nullable ChannelChoice> choices;
    private final int subtask;
    private final boolean rescaled;

    /**
     * @param choices who gets a record now, by gate; null where all records are the subtask's
     * @param subtask which that is
     * @param rescaled whether channels are others now: their watermarks say nothing then
     */
    RestoredRecords(
            OvertakenRecords.Inputs inputs, List<@Nullable ChannelChoice> choices, int subtask, boolean rescaled) {
        this.inputs = inputs;
        this.choices = choices;
        this.subtask = subtask;
        this.rescaled = rescaled;
    }

    /** Takes a record of a logical input. */
    interface Sink {
        void accept(int input, RecordBatch batch) throws Exception;

        /** Takes a watermark or the like of a channel. */
        void accept(int input, int channel, StreamElement element) throws Exception;
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
        int gate = handle.getInfo().getGateIdx();
        int input = inputs.gates().get(gate).input();
        TypeSerializer<Object> serializer = inputs.serializer(input);
        ChannelChoice choice = choices.get(gate);
        byte[] bytes = bytes(handle);
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        boolean elements = in.available() >= Long.BYTES && in.readLong() == OvertakenRecords.ELEMENTS;
        if (!elements) {
            in.setBuffer(bytes);
        }
        StreamElementSerializer<Object> ofElements = new StreamElementSerializer<>(serializer);
        One one = new One();
        try {
            while (in.available() > 0) {
                StreamElement element = elements ? ofElements.deserialize(in) : recordOnly(in, serializer);
                if (element.isRecord()) {
                    StreamRecord<Object> record = element.asRecord();
                    one.timestamps[0] = record.hasTimestamp() ? record.getTimestamp() : EdgeWriter.NO_TIMESTAMP;
                    one.values[0] = record.getValue();
                    if (choice == null || choice.channel(one.values[0], one.timestamps[0]) == subtask) {
                        sink.accept(input, one);
                    }
                } else if (!rescaled) {
                    sink.accept(input, inputs.channelOfInput(handle.getInfo()), element);
                }
            }
        } catch (EOFException e) {
            throw new IOException("records in flight end in the midst of one: " + handle, e);
        }
    }

    /** As it was before watermarks were kept. */
    private static StreamElement recordOnly(DataInputDeserializer in, TypeSerializer<Object> serializer)
            throws IOException {
        long timestamp = in.readLong();
        return HostedOutput.record(serializer.deserialize(in), timestamp);
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
