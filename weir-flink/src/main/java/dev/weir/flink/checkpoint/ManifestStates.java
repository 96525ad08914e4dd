package dev.weir.flink.checkpoint;

import dev.weir.engine.checkpoint.manifest.Id;
import dev.weir.engine.checkpoint.manifest.Location;
import dev.weir.engine.checkpoint.manifest.Manifest;
import dev.weir.engine.checkpoint.manifest.OperatorPart;
import dev.weir.engine.checkpoint.manifest.OperatorPart.SubtaskPart;
import dev.weir.engine.checkpoint.manifest.StatePart;
import dev.weir.engine.checkpoint.manifest.StoredFile;
import dev.weir.engine.checkpoint.manifest.StoredFile.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.FinishedOperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.FullyFinishedOperatorState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.checkpoint.channel.InputChannelInfo;
import org.apache.flink.runtime.checkpoint.channel.ResultSubpartitionInfo;
import org.apache.flink.runtime.checkpoint.filemerging.LogicalFile.LogicalFileId;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.InputChannelStateHandle;
import org.apache.flink.runtime.state.InputStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle.StateMetaInfo;
import org.apache.flink.runtime.state.OperatorStreamStateHandle;
import org.apache.flink.runtime.state.OutputStateHandle;
import org.apache.flink.runtime.state.ResultSubpartitionStateHandle;
import org.apache.flink.runtime.state.StateHandleID;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filemerging.SegmentFileStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.filesystem.RelativeFileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/** Makes Flink's handles of a manifest: the inverse of {@link ManifestAssembly}. */
final class ManifestStates {
    private final Manifest manifest;
    private final Layout layout;

    ManifestStates(Manifest manifest, Layout layout) {
        this.manifest = manifest;
        this.layout = layout;
    }

    Map<OperatorID, OperatorState> operators() {
        Map<OperatorID, OperatorState> operators = new LinkedHashMap<>();
        for (OperatorPart part : manifest.operators()) {
            OperatorState state = operator(part);
            operators.put(state.getOperatorID(), state);
        }
        return operators;
    }

    List<StateFile> files() {
        return manifest.files().stream()
                .map(file -> new StateFile(layout.resolve(file), file.length(), file.crc32c()))
                .toList();
    }

    private OperatorState operator(OperatorPart part) {
        Id id = part.id();
        OperatorID operatorId = new OperatorID(id.first(), id.last());
        if (part.finished()) {
            return new FullyFinishedOperatorState(
                    part.name(), part.uid(), operatorId, part.parallelism(), part.maxParallelism());
        }
        OperatorState state =
                new OperatorState(part.name(), part.uid(), operatorId, part.parallelism(), part.maxParallelism());
        part.coordinator()
                .ifPresent(
                        inline -> state.setCoordinatorState(new ByteStreamStateHandle(inline.name(), inline.bytes())));
        part.subtasks().forEach(subtask -> state.putState(subtask.index(), subtask(subtask)));
        return state;
    }

    private OperatorSubtaskState subtask(SubtaskPart subtask) {
        if (subtask.finished()) {
            return FinishedOperatorSubtaskState.INSTANCE;
        }
        List<KeyedStateHandle> managedKeyed = new ArrayList<>();
        List<KeyedStateHandle> rawKeyed = new ArrayList<>();
        List<OperatorStateHandle> managedOperator = new ArrayList<>();
        List<OperatorStateHandle> rawOperator = new ArrayList<>();
        List<InputStateHandle> inputs = new ArrayList<>();
        List<OutputStateHandle> outputs = new ArrayList<>();
        for (StatePart part : subtask.parts()) {
            StreamStateHandle bytes = bytes(part.location());
            switch (part.kind()) {
                case MANAGED_KEYED -> managedKeyed.add(keyed((StatePart.KeyGroups) part.index(), bytes));
                case RAW_KEYED -> rawKeyed.add(keyed((StatePart.KeyGroups) part.index(), bytes));
                case MANAGED_OPERATOR -> managedOperator.add(lists((StatePart.NamedLists) part.index(), bytes));
                case RAW_OPERATOR -> rawOperator.add(lists((StatePart.NamedLists) part.index(), bytes));
                case KEYED_DATABASE -> managedKeyed.add(database((StatePart.Database) part.index(), bytes));
                case INPUT_CHANNEL -> inputs.add(input((StatePart.Channel) part.index(), bytes));
                case OUTPUT_CHANNEL -> outputs.add(output((StatePart.Channel) part.index(), bytes));
            }
        }
        return OperatorSubtaskState.builder()
                .setManagedKeyedState(collection(managedKeyed))
                .setRawKeyedState(collection(rawKeyed))
                .setManagedOperatorState(collection(managedOperator))
                .setRawOperatorState(collection(rawOperator))
                .setInputChannelState(collection(inputs))
                .setResultSubpartitionState(collection(outputs))
                .build();
    }

    private static <T extends org.apache.flink.runtime.state.StateObject> StateObjectCollection<T> collection(
            Collection<T> handles) {
        return handles.isEmpty() ? StateObjectCollection.empty() : new StateObjectCollection<>(handles);
    }

    private static KeyedStateHandle keyed(StatePart.KeyGroups index, StreamStateHandle bytes) {
        KeyGroupRangeOffsets offsets =
                new KeyGroupRangeOffsets(index.first(), index.first() + index.offsets().length - 1, index.offsets());
        return index.canonical()
                ? new KeyGroupsSavepointStateHandle(offsets, bytes)
                : KeyGroupsStateHandle.restore(offsets, bytes, new StateHandleID(index.id()));
    }

    private KeyedStateHandle database(StatePart.Database index, StreamStateHandle types) {
        List<HandleAndLocalPath> shared = new ArrayList<>();
        List<HandleAndLocalPath> own = new ArrayList<>();
        for (StatePart.DatabaseFile file : index.files()) {
            (file.immutable() ? shared : own).add(HandleAndLocalPath.of(bytes(file.location()), file.name()));
        }
        return IncrementalRemoteKeyedStateHandle.restore(
                new UUID(index.database().first(), index.database().last()),
                new KeyGroupRange(index.first(), index.first() + index.count() - 1),
                index.checkpoint(),
                shared,
                own,
                types,
                index.writtenBytes(),
                new StateHandleID(index.id()));
    }

    private static OperatorStateHandle lists(StatePart.NamedLists index, StreamStateHandle bytes) {
        Map<String, StateMetaInfo> lists = new HashMap<>();
        index.lists()
                .forEach(list -> lists.put(list.name(), new StateMetaInfo(list.offsets(), mode(list.distribution()))));
        return new OperatorStreamStateHandle(lists, bytes);
    }

    private static OperatorStateHandle.Mode mode(StatePart.Distribution distribution) {
        return switch (distribution) {
            case SPLIT -> OperatorStateHandle.Mode.SPLIT_DISTRIBUTE;
            case UNION -> OperatorStateHandle.Mode.UNION;
            case BROADCAST -> OperatorStateHandle.Mode.BROADCAST;
        };
    }

    private static InputStateHandle input(StatePart.Channel index, StreamStateHandle bytes) {
        return new InputChannelStateHandle(
                index.subtask(),
                new InputChannelInfo(index.edge(), index.channel()),
                bytes,
                offsets(index),
                index.size());
    }

    private static OutputStateHandle output(StatePart.Channel index, StreamStateHandle bytes) {
        return new ResultSubpartitionStateHandle(
                index.subtask(),
                new ResultSubpartitionInfo(index.edge(), index.channel()),
                bytes,
                offsets(index),
                index.size());
    }

    private static List<Long> offsets(StatePart.Channel index) {
        return LongStream.of(index.offsets()).boxed().toList();
    }

    private StreamStateHandle bytes(Location location) {
        if (location instanceof Location.InFile range) {
            StoredFile file = manifest.files().get(range.file());
            Path path = layout.resolve(file);
            if (range.offset() == 0 && range.length() == file.length()) {
                return file.scope() == Scope.EXCLUSIVE
                        ? new RelativeFileStateHandle(path, file.name(), file.length())
                        : new FileStateHandle(path, file.length());
            }
            return new SegmentFileStateHandle(
                    path,
                    range.offset(),
                    range.length(),
                    file.scope() == Scope.EXCLUSIVE ? CheckpointedStateScope.EXCLUSIVE : CheckpointedStateScope.SHARED,
                    new LogicalFileId(path + "@" + range.offset()));
        }
        Location.Inline inline = (Location.Inline) location;
        return new ByteStreamStateHandle(inline.name(), inline.bytes());
    }
}
