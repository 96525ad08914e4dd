package dev.weir.flink.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStreamStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;

/** State of operators for tests, written as tasks do it. */
final class States {
    static final OperatorID COUNT = new OperatorID(1, 2);

    private States() {}

    static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (seed + i);
        }
        return bytes;
    }

    static StreamStateHandle write(CheckpointStreamFactory streams, CheckpointedStateScope scope, byte[] bytes)
            throws IOException {
        try (CheckpointStateOutputStream out = streams.createCheckpointStateOutputStream(scope)) {
            out.write(bytes, 0, bytes.length);
            return out.closeAndGetHandle();
        }
    }

    static byte[] read(StreamStateHandle handle) throws IOException {
        try (InputStream in = handle.openInputStream()) {
            return in.readAllBytes();
        }
    }

    static KeyGroupsStateHandle keyed(KeyGroupRange range, StreamStateHandle bytes) {
        return new KeyGroupsStateHandle(new KeyGroupRangeOffsets(range), bytes);
    }

    /** One operator, one subtask, keyed state at the handle. */
    static Map<OperatorID, OperatorState> ofOne(StreamStateHandle bytes) {
        return of(OperatorSubtaskState.builder()
                .setManagedKeyedState(keyed(KeyGroupRange.of(0, 3), bytes))
                .build());
    }

    static Map<OperatorID, OperatorState> of(OperatorSubtaskState subtask) {
        OperatorState state = new OperatorState("count", "count-uid", COUNT, 1, 4);
        state.putState(0, subtask);
        Map<OperatorID, OperatorState> states = new LinkedHashMap<>();
        states.put(COUNT, state);
        return states;
    }

    static StreamStateHandle keyedBytes(Map<OperatorID, OperatorState> states) {
        KeyGroupsStateHandle handle = (KeyGroupsStateHandle)
                states.get(COUNT).getState(0).getManagedKeyedState().iterator().next();
        return handle.getDelegateStateHandle();
    }

    static OperatorStateHandle lists(
            StreamStateHandle bytes, Map<String, OperatorStateHandle.Mode> modes, long... offsets) {
        Map<String, OperatorStateHandle.StateMetaInfo> lists = new LinkedHashMap<>();
        modes.forEach((name, mode) -> lists.put(name, new OperatorStateHandle.StateMetaInfo(offsets, mode)));
        return new OperatorStreamStateHandle(lists, bytes);
    }

    static List<byte[]> someSizes() {
        return List.of(bytes(1, 1), bytes(1000, 2), bytes(100_000, 3));
    }
}
