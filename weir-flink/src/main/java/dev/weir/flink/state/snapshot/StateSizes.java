package dev.weir.flink.state.snapshot;

import dev.weir.rocksdb.RocksStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle.StateMetaInfo;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;

/**
 * How large states are, counted in a checkpoint or savepoint, Weir's or Flink's, of whatever store. All of it is read, entry
 * by entry, and nothing kept. Stateless, any thread; blocks.
 */
public final class StateSizes {

    private static final int TRANSFER_THREADS = 2;

    private StateSizes() {}

    /**
     * The states of an operator.
     *
     * @param userLoader has the types of keys and states
     * @param scratch where databases may be put meanwhile
     * @param largestMax keys to name of each state
     * @throws IOException when state cannot be read; the message names the file
     */
    public static List<StateSize> of(OperatorState operator, ClassLoader userLoader, Path scratch, int largestMax)
            throws IOException {
        List<KeyedStateHandle> keyed = new ArrayList<>();
        Map<String, StateTally> others = new LinkedHashMap<>();
        for (OperatorSubtaskState subtask : operator.getStates()) {
            keyed.addAll(subtask.getManagedKeyedState());
            for (OperatorStateHandle handle : subtask.getManagedOperatorState()) {
                addParts(handle, others);
            }
            addWhole(subtask.getRawOperatorState(), "raw operator state", others);
            addWhole(subtask.getRawKeyedState(), "raw keyed state", others);
            addWhole(subtask.getInputChannelState(), "records in flight", others);
            addWhole(subtask.getResultSubpartitionState(), "records in flight", others);
        }
        if (operator.getCoordinatorState() != null) {
            tally("coordinator", "coordinator", others)
                    .addWithoutKey(1, operator.getCoordinatorState().getStateSize());
        }
        List<StateSize> sizes = new ArrayList<>();
        if (!keyed.isEmpty()) {
            sizes.addAll(keyed(operator, keyed, userLoader, scratch, largestMax));
        }
        others.values().forEach(tally -> sizes.add(tally.size()));
        return sizes;
    }

    private static StateTally tally(String name, String kind, Map<String, StateTally> tallies) {
        return tallies.computeIfAbsent(name, none -> new StateTally(name, kind, 0));
    }

    private static void addWhole(
            Iterable<? extends StateObject> handles, String kind, Map<String, StateTally> tallies) {
        for (StateObject handle : handles) {
            tally(kind, kind, tallies).addWithoutKey(1, handle.getStateSize());
        }
    }

    /** A partition ends where the next one of the file begins. */
    private static void addParts(OperatorStateHandle handle, Map<String, StateTally> tallies) {
        TreeMap<Long, StateTally> begins = new TreeMap<>();
        handle.getStateNameToPartitionOffsets().forEach((name, parts) -> {
            for (long offset : parts.getOffsets()) {
                begins.put(offset, tally(name, kind(parts), tallies));
            }
        });
        begins.forEach((begin, of) -> {
            Long next = begins.higherKey(begin);
            of.addWithoutKey(1, (next == null ? handle.getStateSize() : next) - begin);
        });
    }

    private static String kind(StateMetaInfo parts) {
        return switch (parts.getDistributionMode()) {
            case SPLIT_DISTRIBUTE -> "operator list";
            case UNION -> "operator union list";
            case BROADCAST -> "broadcast";
        };
    }

    private static List<StateSize> keyed(
            OperatorState operator,
            List<KeyedStateHandle> handles,
            ClassLoader userLoader,
            Path scratch,
            int largestMax)
            throws IOException {
        RocksStore.loadLibrary();
        int keyGroups = operator.getMaxParallelism();
        KeyGroupRange all = KeyGroupRange.of(0, keyGroups - 1);
        Sizing<Object> sizing = new Sizing<>(
                largestMax, CompositeKeySerializationUtils.computeRequiredBytesInKeyGroupPrefix(keyGroups));
        try (CloseableRegistry streams = new CloseableRegistry();
                Transfers transfers = new Transfers(TRANSFER_THREADS)) {
            Databases databases = new Databases(all, keyGroups, scratch, transfers, streams);
            TypeSerializer<Object> keys = keySerializer(handles.get(0), userLoader, streams);
            new BackendRestore<>(
                            all,
                            keyGroups,
                            userLoader,
                            StateSerializerProvider.fromNewRegisteredSerializer(keys),
                            streams,
                            sizing,
                            databases)
                    .restore(handles);
            return sizing.readers.values().stream().map(SizedReader::size).toList();
        } catch (BackendBuildingException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @SuppressWarnings("unchecked") // of whatever type keys are
    private static TypeSerializer<Object> keySerializer(
            KeyedStateHandle handle, ClassLoader userLoader, CloseableRegistry streams) throws IOException {
        if (handle instanceof IncrementalRemoteKeyedStateHandle database) {
            try (BufferedStateStream stream = BufferedStateStream.open(database.getMetaDataStateHandle(), streams)) {
                return (TypeSerializer<Object>) keySerializer(new DataInputViewStreamWrapper(stream), userLoader);
            }
        }
        if (!(handle instanceof KeyGroupsStateHandle groups)) {
            throw new IOException("keyed state of this kind cannot be read: " + handle);
        }
        try (BufferedStateStream stream = BufferedStateStream.open(groups, streams)) {
            DataInputView view = new DataInputViewStreamWrapper(stream);
            if (view.readInt() == ChangesHeader.MAGIC) {
                ChangesHeader.read(view);
            } else {
                stream.seek(0);
            }
            return (TypeSerializer<Object>) keySerializer(view, userLoader);
        }
    }

    private static TypeSerializer<?> keySerializer(DataInputView in, ClassLoader userLoader) throws IOException {
        KeyedBackendSerializationProxy<?> header = new KeyedBackendSerializationProxy<>(userLoader);
        header.read(in);
        return header.getKeySerializerSnapshot().restoreSerializer();
    }

    /** Counts every state, one reader for all files of it. */
    private static final class Sizing<K> implements BackendRestore.Readers<K> {
        private final int largestMax;
        private final int prefixBytes;
        private final Map<String, SizedReader> readers = new LinkedHashMap<>();

        Sizing(int largestMax, int prefixBytes) {
            this.largestMax = largestMax;
            this.prefixBytes = prefixBytes;
        }

        @Override
        public StateReader of(StateMetaInfoSnapshot state, TypeSerializer<K> ofKeys) {
            return readers.computeIfAbsent(state.getName(), name -> reader(state, ofKeys));
        }

        private SizedReader reader(StateMetaInfoSnapshot state, TypeSerializer<K> ofKeys) {
            return switch (state.getBackendStateType()) {
                case KEY_VALUE -> {
                    RegisteredKeyValueStateBackendMetaInfo<?, ?> metaInfo =
                            new RegisteredKeyValueStateBackendMetaInfo<>(state);
                    String kind = metaInfo.getStateType().name().toLowerCase(Locale.ROOT);
                    yield new SizingReader<>(
                            metaInfo, ofKeys, new StateTally(state.getName(), kind, largestMax), prefixBytes);
                }
                case PRIORITY_QUEUE ->
                    new SizingTimers<>(
                            new RegisteredPriorityQueueStateBackendMetaInfo<>(state),
                            new StateTally(state.getName(), "timers", 0),
                            prefixBytes);
                default -> throw BackendRestore.unknown(state);
            };
        }

        @Override
        public void end() {}
    }
}
