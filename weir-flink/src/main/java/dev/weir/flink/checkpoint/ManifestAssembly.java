package dev.weir.flink.checkpoint;

import dev.weir.engine.checkpoint.manifest.Id;
import dev.weir.engine.checkpoint.manifest.Location;
import dev.weir.engine.checkpoint.manifest.Manifest;
import dev.weir.engine.checkpoint.manifest.OperatorPart;
import dev.weir.engine.checkpoint.manifest.OperatorPart.SubtaskPart;
import dev.weir.engine.checkpoint.manifest.StateKind;
import dev.weir.engine.checkpoint.manifest.StatePart;
import dev.weir.engine.checkpoint.manifest.StoredFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.MasterState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.AbstractChannelStateHandle;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.InputChannelStateHandle;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle.StateMetaInfo;
import org.apache.flink.runtime.state.ResultSubpartitionStateHandle;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.apache.flink.util.AbstractID;

/** Makes a manifest of Flink's handles. Handles that only Flink's own runtime writes are refused. */
final class ManifestAssembly {
    private final Layout layout;
    private final FileOwners owners;
    private final Map<Path, Integer> numbers = new HashMap<>();
    private final List<StoredFile> files = new ArrayList<>();

    ManifestAssembly(Layout layout, FileOwners owners) {
        this.layout = layout;
        this.owners = owners;
    }

    static Id id(AbstractID id) {
        // Flink shows the lower part first.
        return new Id(id.getLowerPart(), id.getUpperPart());
    }

    Manifest assemble(
            Id jobId,
            String jobKey,
            long checkpointId,
            long triggeredMillis,
            Manifest.Kind kind,
            Collection<OperatorState> states,
            Collection<MasterState> masterStates) {
        List<OperatorPart> operators = states.stream()
                .sorted(Comparator.comparing(state -> state.getOperatorID().toString()))
                .map(this::operator)
                .toList();
        List<Manifest.MasterPart> masters = masterStates.stream()
                .map(state -> new Manifest.MasterPart(state.name(), state.version(), state.bytes()))
                .toList();
        return new Manifest(jobId, jobKey, checkpointId, triggeredMillis, kind, masters, files, operators);
    }

    private OperatorPart operator(OperatorState state) {
        List<SubtaskPart> subtasks = new ArrayList<>();
        new TreeMap<>(state.getSubtaskStates()).forEach((index, subtask) -> subtasks.add(subtask(index, subtask)));
        return new OperatorPart(
                id(state.getOperatorID()),
                state.getOperatorName().orElse(null),
                state.getOperatorUid().orElse(null),
                state.getParallelism(),
                state.getMaxParallelism(),
                state.isFullyFinished(),
                Optional.ofNullable(state.getCoordinatorState()).map(ManifestAssembly::inline),
                subtasks);
    }

    private SubtaskPart subtask(int index, OperatorSubtaskState state) {
        List<StatePart> parts = new ArrayList<>();
        state.getManagedKeyedState().forEach(handle -> parts.add(keyed(StateKind.MANAGED_KEYED, handle)));
        state.getRawKeyedState().forEach(handle -> parts.add(keyed(StateKind.RAW_KEYED, handle)));
        state.getManagedOperatorState().forEach(handle -> parts.add(lists(StateKind.MANAGED_OPERATOR, handle)));
        state.getRawOperatorState().forEach(handle -> parts.add(lists(StateKind.RAW_OPERATOR, handle)));
        state.getInputChannelState().forEach(handle -> parts.add(channel(StateKind.INPUT_CHANNEL, handle)));
        state.getResultSubpartitionState().forEach(handle -> parts.add(channel(StateKind.OUTPUT_CHANNEL, handle)));
        return new SubtaskPart(index, state.isFinished(), parts);
    }

    private StatePart keyed(StateKind kind, StateObject handle) {
        if (kind == StateKind.MANAGED_KEYED && handle instanceof IncrementalRemoteKeyedStateHandle database) {
            return database(database);
        }
        if (!(handle instanceof KeyGroupsStateHandle groups)) {
            throw unknown(handle);
        }
        KeyGroupRangeOffsets range = groups.getGroupRangeOffsets();
        int first = range.getKeyGroupRange().getStartKeyGroup();
        long[] offsets = new long[range.getKeyGroupRange().getNumberOfKeyGroups()];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = range.getKeyGroupOffset(first + i);
        }
        return new StatePart(
                kind,
                location(groups.getDelegateStateHandle()),
                new StatePart.KeyGroups(
                        groups.getStateHandleId().getKeyString(),
                        handle instanceof KeyGroupsSavepointStateHandle,
                        first,
                        offsets));
    }

    private StatePart database(IncrementalRemoteKeyedStateHandle database) {
        UUID id = database.getBackendIdentifier();
        List<StatePart.DatabaseFile> databaseFiles = new ArrayList<>();
        database.getSharedState().forEach(file -> databaseFiles.add(file(file, true)));
        database.getPrivateState().forEach(file -> databaseFiles.add(file(file, false)));
        return new StatePart(
                StateKind.KEYED_DATABASE,
                location(database.getMetaDataStateHandle()),
                new StatePart.Database(
                        database.getStateHandleId().getKeyString(),
                        new Id(id.getMostSignificantBits(), id.getLeastSignificantBits()),
                        database.getCheckpointId(),
                        database.getKeyGroupRange().getStartKeyGroup(),
                        database.getKeyGroupRange().getNumberOfKeyGroups(),
                        database.getCheckpointedSize(),
                        databaseFiles));
    }

    private StatePart.DatabaseFile file(HandleAndLocalPath file, boolean immutable) {
        return new StatePart.DatabaseFile(file.getLocalPath(), immutable, location(file.getHandle()));
    }

    private StatePart lists(StateKind kind, OperatorStateHandle handle) {
        List<StatePart.NamedList> lists = new ArrayList<>();
        new TreeMap<>(handle.getStateNameToPartitionOffsets())
                .forEach((name, list) ->
                        lists.add(new StatePart.NamedList(name, distribution(list), list.getOffsets())));
        return new StatePart(kind, location(handle.getDelegateStateHandle()), new StatePart.NamedLists(lists));
    }

    private static StatePart.Distribution distribution(StateMetaInfo list) {
        return switch (list.getDistributionMode()) {
            case SPLIT_DISTRIBUTE -> StatePart.Distribution.SPLIT;
            case UNION -> StatePart.Distribution.UNION;
            case BROADCAST -> StatePart.Distribution.BROADCAST;
        };
    }

    private StatePart channel(StateKind kind, StateObject handle) {
        int edge;
        int number;
        if (handle instanceof InputChannelStateHandle input) {
            edge = input.getInfo().getGateIdx();
            number = input.getInfo().getInputChannelIdx();
        } else if (handle instanceof ResultSubpartitionStateHandle output) {
            edge = output.getInfo().getPartitionIdx();
            number = output.getInfo().getSubPartitionIdx();
        } else {
            throw unknown(handle);
        }
        AbstractChannelStateHandle<?> channel = (AbstractChannelStateHandle<?>) handle;
        long[] offsets =
                channel.getOffsets().stream().mapToLong(Long::longValue).toArray();
        return new StatePart(
                kind,
                location(channel.getDelegate()),
                new StatePart.Channel(channel.getSubtaskIndex(), edge, number, channel.getStateSize(), offsets));
    }

    private Location location(StreamStateHandle bytes) {
        if (bytes instanceof ByteStreamStateHandle memory) {
            return inline(memory);
        } else if (bytes instanceof FileStateHandle file && file.getStateSize() >= 0) {
            long length = file.getStateSize();
            return new Location.InFile(number(file.getFilePath(), length), 0, length);
        }
        throw unknown(bytes);
    }

    private int number(Path file, long length) {
        return numbers.computeIfAbsent(file, unused -> {
            files.add(new StoredFile(layout.scope(file), layout.name(file), length, owners.checksum(file)));
            return files.size() - 1;
        });
    }

    private static Location.Inline inline(ByteStreamStateHandle bytes) {
        return new Location.Inline(bytes.getHandleName(), bytes.getData());
    }

    private static IllegalArgumentException unknown(StateObject handle) {
        return new IllegalArgumentException(
                "a " + handle.getClass().getName() + " has no place in Weir's manifest: " + handle);
    }
}
