package dev.weir.flink.host;

import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.InFlight;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.flink.record.Whole;
import java.io.IOException;
import java.nio.ByteBuffer;
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

    /** A channel's bytes in the file. */
    private record Stretch(Place place, long from, long to) {}

    private final Inputs inputs;
    private final CheckpointStreamFactory streams;
    private final DataOutputSerializer run = new DataOutputSerializer(256);

    /** A piece for each run, exactly as long as it is: for a while this is memory beside that of the records. */
    private final Map<Place, List<byte[]>> bytes = new TreeMap<>();

    OvertakenRecords(Inputs inputs, CheckpointStreamFactory streams) {
        this.inputs = inputs;
        this.streams = streams;
    }

    @Override
    public void records(int input, int channel, RecordBatch batch, int from, int to) throws IOException {
        StreamElementSerializer<Object> serializer = serializer(input);
        for (int i = from; i < to; i++) {
            serializer.serialize(HostedOutput.record(Whole.record(batch, i), batch.timestamps()[i]), run);
        }
        keep(input, channel);
    }

    @Override
    public void control(int input, int channel, Control control) throws IOException {
        if (control instanceof FlinkControl.Element flinks && !flinks.element.isLatencyMarker()) {
            serializer(input).serialize(flinks.element, run);
            keep(input, channel);
        }
    }

    private void keep(int input, int channel) {
        bytes.computeIfAbsent(new Place(input, channel), first -> new ArrayList<>(List.of(beginning())))
                .add(run.getCopyOfBuffer());
        run.clear();
    }

    private static byte[] beginning() {
        return ByteBuffer.allocate(Long.BYTES).putLong(ELEMENTS).array();
    }

    private StreamElementSerializer<Object> serializer(int input) {
        return new StreamElementSerializer<>(inputs.serializer(input));
    }

    @Override
    public PendingSnapshot completed(PendingSnapshot operators) {
        return new PendingSnapshot() {
            /** What was overtaken first, since it takes more memory until it is written than the operators' state. */
            @Override
            public SubtaskSnapshot complete() throws Exception {
                List<InputStateHandle> handles;
                try {
                    handles = bytes.isEmpty() ? List.of() : write();
                } catch (Throwable t) {
                    operators.cancel();
                    throw t;
                }
                bytes.clear();
                ChainSnapshot snapshot = (ChainSnapshot) operators.complete();
                return handles.isEmpty() ? snapshot : with(snapshot, handles);
            }

            @Override
            public void cancel() {
                operators.cancel();
            }
        };
    }

    private List<InputStateHandle> write() throws IOException {
        try (CheckpointStateOutputStream out =
                streams.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE)) {
            List<Stretch> stretches = new ArrayList<>();
            for (Map.Entry<Place, List<byte[]>> channel : bytes.entrySet()) {
                long from = out.getPos();
                for (byte[] piece : channel.getValue()) {
                    out.write(piece);
                }
                stretches.add(new Stretch(channel.getKey(), from, out.getPos()));
            }
            StreamStateHandle stream = out.closeAndGetHandle();
            List<InputStateHandle> handles = new ArrayList<>();
            for (Stretch stretch : stretches) {
                handles.add(new InputChannelStateHandle(
                        inputs.subtask(),
                        inputs.channel(stretch.place().input(), stretch.place().channel()),
                        stream,
                        List.of(stretch.from()),
                        stretch.to() - stretch.from()));
            }
            return handles;
        }
    }

    private ChainSnapshot with(ChainSnapshot operators, List<InputStateHandle> handles) {
        long written =
                handles.stream().mapToLong(InputStateHandle::getStateSize).sum();
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
