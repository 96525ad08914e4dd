package dev.weir.flink.checkpoint;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.AbstractChannelStateHandle;
import org.apache.flink.runtime.state.AbstractMergedChannelStateHandle;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filemerging.SegmentFileStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;

/** Finds the files below state handles, also below kinds that only Flink writes. */
final class StateFiles {
    private StateFiles() {}

    /** Each file once. */
    static List<StateFile> of(Collection<OperatorState> operators) {
        Map<Path, StateFile> files = new LinkedHashMap<>();
        operators.stream()
                .flatMap(operator -> operator.getStates().stream())
                .flatMap(StateFiles::parts)
                .flatMap(StateFiles::streams)
                .forEach(stream -> {
                    if (stream instanceof FileStateHandle file) {
                        files.putIfAbsent(
                                file.getFilePath(),
                                new StateFile(file.getFilePath(), file.getStateSize(), OptionalInt.empty()));
                    } else if (stream instanceof SegmentFileStateHandle segment) {
                        files.putIfAbsent(
                                segment.getFilePath(), new StateFile(segment.getFilePath(), -1, OptionalInt.empty()));
                    }
                });
        return List.copyOf(files.values());
    }

    private static Stream<StateObject> parts(OperatorSubtaskState subtask) {
        return Stream.of(
                        subtask.getManagedKeyedState(),
                        subtask.getRawKeyedState(),
                        subtask.getManagedOperatorState(),
                        subtask.getRawOperatorState(),
                        subtask.getInputChannelState(),
                        subtask.getResultSubpartitionState())
                .flatMap(Collection::stream);
    }

    /** The handles of bytes below any other handle. */
    static Stream<StreamStateHandle> streams(StateObject part) {
        if (part instanceof KeyGroupsStateHandle keyed) {
            return streams(keyed.getDelegateStateHandle());
        } else if (part instanceof OperatorStateHandle operator) {
            return streams(operator.getDelegateStateHandle());
        } else if (part instanceof AbstractChannelStateHandle<?> channel) {
            return streams(channel.getDelegate());
        } else if (part instanceof AbstractMergedChannelStateHandle<?, ?> merged) {
            return streams(merged.getDelegate());
        } else if (part instanceof IncrementalRemoteKeyedStateHandle incremental) {
            return Stream.concat(
                    streams(incremental.getMetaDataStateHandle()),
                    Stream.of(incremental.getPrivateState(), incremental.getSharedState())
                            .flatMap(Collection::stream)
                            .map(HandleAndLocalPath::getHandle)
                            .flatMap(StateFiles::streams));
        } else if (part instanceof StreamStateHandle stream) {
            return Stream.of(stream);
        }
        return Stream.empty();
    }
}
