package dev.weir.flink.host;

import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.InFlight;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.flink.record.Whole;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.checkpoint.TaskStateSnapshot;
import org.apache.flink.runtime.checkpoint.channel.InputChannelInfo;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.InputChannelStateHandle;
import org.apache.flink.runtime.state.InputStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer;
import org.jspecify.annotations.Nullable;

/**
 * What an unaligned checkpoint's barrier has overtaken, records, watermarks and their status, written as they are seen and
 * stored as Flink's input channel state of the chain's head. A channel's bytes begin with {@link #ELEMENTS}; behind it are
 * Flink's stream elements. Task thread; what it gives is written on another.
 */
final class OvertakenRecords implements InFlight {
    /** No timestamp of a record, which the bytes of a channel began with before watermarks were kept. */
    static final long ELEMENTS = Long.MIN_VALUE + 0x5765_6972;

    /** Where the channels of a subtask come from, and how the records in them are written. */
    record Inputs(
            OperatorID head, int subtask, List<GateShape> gates, List<@Nullable TypeSerializer<Object>> serializers) {

        TypeSerializer<Object> serializer(int input) {
            TypeSerializer<Object> serializer = serializers.get(input);
            if (serializer == null) {
                throw new IllegalStateException("input " + input + " reads no channels");
            }
            return serializer;
        }

        /** A channel of a logical input as Flink counts it. */
        InputChannelInfo channel(int input, int channelOfInput) {
            int channel = channelOfInput;
            for (int gate = 0; gate < gates.size(); gate++) {
                GateShape shape = gates.get(gate);
                if (shape.input() == input) {
                    int channels = shape.channels(subtask);
                    if (channel < channels) {
                        return new InputChannelInfo(gate, channel);
                    }
                    channel -= channels;
                }
            }
            throw new IndexOutOfBoundsException("input " + input + " has no channel " + channelOfInput);
        }

        /** The other way round. */
        int channelOfInput(InputChannelInfo channel) {
            int before = 0;
            for (int gate = 0; gate < channel.getGateIdx(); gate++) {
                if (gates.get(gate).input() == gates.get(channel.getGateIdx()).input()) {
                    before += gates.get(gate).channels(subtask);
                }
            }
            return before + channel.getInputChannelIdx();
        }
    }

    private record Place(int input, int channel) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byInput = Integer.compare(input, other.input);
            return byInput == 0 ? Integer.compare(channel, other.channel) : byInput;
        }
    }

    private final Inputs inputs;
    private final CheckpointStreamFactory streams;
    private final Map<Place, DataOutputSerializer> bytes = new TreeMap<>();

    OvertakenRecords(Inputs inputs, CheckpointStreamFactory streams) {
        this.inputs = inputs;
        this.streams = streams;
    }

    @Override
    public void records(int input, int channel, RecordBatch batch, int from, int to) throws IOException {
        DataOutputSerializer out = bytes(input, channel);
        StreamElementSerializer<Object> serializer = serializer(input);
        for (int i = from; i < to; i++) {
            serializer.serialize(HostedOutput.record(Whole.record(batch, i), batch.timestamps()[i]), out);
        }
    }

    @Override
    public void control(int input, int channel, Control control) throws IOException {
        if (control instanceof FlinkControl.Element flinks && !flinks.element.isLatencyMarker()) {
            serializer(input).serialize(flinks.element, bytes(input, channel));
        }
    }

    private DataOutputSerializer bytes(int input, int channel) throws IOException {
        Place place = new Place(input, channel);
        DataOutputSerializer out = bytes.get(place);
        if (out == null) {
            out = new DataOutputSerializer(256);
            out.writeLong(ELEMENTS);
            bytes.put(place, out);
        }
        return out;
    }

    private StreamElementSerializer<Object> serializer(int input) {
        return new StreamElementSerializer<>(inputs.serializer(input));
    }

    @Override
    public PendingSnapshot completed(PendingSnapshot operators) {
        return new PendingSnapshot() {
            @Override
            public SubtaskSnapshot complete() throws Exception {
                ChainSnapshot snapshot = (ChainSnapshot) operators.complete();
                return bytes.isEmpty() ? snapshot : with(snapshot);
            }

            @Override
            public void cancel() {
                operators.cancel();
            }
        };
    }

    private ChainSnapshot with(ChainSnapshot operators) throws IOException {
        List<InputStateHandle> handles = new ArrayList<>();
        long written = 0;
        try (CheckpointStateOutputStream out =
                streams.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE)) {
            List<Long> offsets = new ArrayList<>();
            for (DataOutputSerializer channel : bytes.values()) {
                offsets.add(out.getPos());
                out.write(channel.getSharedBuffer(), 0, channel.length());
                written += channel.length();
            }
            StreamStateHandle stream = out.closeAndGetHandle();
            int next = 0;
            for (Map.Entry<Place, DataOutputSerializer> channel : bytes.entrySet()) {
                handles.add(new InputChannelStateHandle(
                        inputs.subtask(),
                        inputs.channel(
                                channel.getKey().input(), channel.getKey().channel()),
                        stream,
                        List.of(offsets.get(next++)),
                        channel.getValue().length()));
            }
        }
        TaskStateSnapshot state = operators.state();
        OperatorSubtaskState head = state.getSubtaskStateByOperatorID(inputs.head());
        OperatorSubtaskState.Builder builder = head == null ? OperatorSubtaskState.builder() : head.toBuilder();
        state.putSubtaskStateByOperatorID(
                inputs.head(),
                builder.setInputChannelState(new StateObjectCollection<>(handles))
                        .build());
        return new ChainSnapshot(state, operators.checkpointedBytes() + written, written);
    }
}
