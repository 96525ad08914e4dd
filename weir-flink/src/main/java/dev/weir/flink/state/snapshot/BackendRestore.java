package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SavepointKeyedStateHandle;
import org.apache.flink.runtime.state.SnappyStreamCompressionDecorator;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.StateUtil;
import org.apache.flink.runtime.state.StreamCompressionDecorator;
import org.apache.flink.runtime.state.UncompressedStreamCompressionDecorator;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.restore.FullSnapshotRestoreOperation;
import org.apache.flink.runtime.state.restore.KeyGroup;
import org.apache.flink.runtime.state.restore.KeyGroupEntry;
import org.apache.flink.runtime.state.restore.SavepointRestoreResult;
import org.apache.flink.runtime.state.restore.ThrowingIterator;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the key groups of one subtask from checkpoints of Flink's heap backend, which ours are too, from canonical
 * savepoints, or from databases of incremental checkpoints, Flink's or ours. There may be any number of files, of subtasks
 * whose key groups were others. For the subtask's thread.
 */
public final class BackendRestore<K> {

    private final KeyGroupRange range;
    private final ClassLoader userLoader;
    private final StateSerializerProvider<K> keySerializer;
    private final CloseableRegistry cancelables;
    private final Readers<K> states;
    private final Databases databases;
    private boolean keySerializerChecked;

    /** Makes what reads each state. */
    interface Readers<K> {

        /** What reads a state that a file tells of, whose keys there are of this serializer. */
        StateReader of(StateMetaInfoSnapshot state, TypeSerializer<K> ofKeys);

        /** Everything has been read. */
        void end();
    }

    /**
     * @param range key groups of the subtask
     * @param keyGroupCount maximum parallelism of the operator
     * @param userLoader class loader of the user's code
     * @param keySerializer serializer of the job as it is now; told of the one in the files, which may reconfigure it
     * @param cancelables closing it ends the restore
     * @param states where to put what is read
     * @param databases reads those of incremental checkpoints
     */
    public BackendRestore(
            KeyGroupRange range,
            int keyGroupCount,
            ClassLoader userLoader,
            StateSerializerProvider<K> keySerializer,
            CloseableRegistry cancelables,
            RestoredStates<K> states,
            Databases databases) {
        this(
                range,
                keyGroupCount,
                userLoader,
                keySerializer,
                cancelables,
                new Restoring<>(
                        states, CompositeKeySerializationUtils.computeRequiredBytesInKeyGroupPrefix(keyGroupCount)),
                databases);
    }

    BackendRestore(
            KeyGroupRange range,
            int keyGroupCount,
            ClassLoader userLoader,
            StateSerializerProvider<K> keySerializer,
            CloseableRegistry cancelables,
            Readers<K> states,
            Databases databases) {
        this.range = range;
        this.userLoader = userLoader;
        this.keySerializer = keySerializer;
        this.cancelables = cancelables;
        this.states = states;
        this.databases = databases;
    }

    /**
     * Reads databases, then all files.
     *
     * @throws BackendBuildingException when one cannot be read; the message names it
     */
    public void restore(Collection<? extends @Nullable KeyedStateHandle> handles) throws BackendBuildingException {
        List<KeyGroupsStateHandle> parts = new ArrayList<>();
        List<IncrementalRemoteKeyedStateHandle> others = new ArrayList<>();
        for (KeyedStateHandle handle : handles) {
            if (handle instanceof IncrementalRemoteKeyedStateHandle database) {
                // the tables that are there already before others with more of the same
                others.add(databases.isBegun(database) ? 0 : others.size(), database);
                continue;
            }
            KeyGroupsStateHandle part = handle == null ? null : ownPart(handle);
            if (part != null) {
                parts.add(part);
            }
        }
        for (IncrementalRemoteKeyedStateHandle database : others) {
            restoreDatabase(database);
        }
        // subtasks of a tiered store write one or the other
        Map<Boolean, List<KeyGroupsStateHandle>> byForm =
                parts.stream().collect(Collectors.partitioningBy(SavepointKeyedStateHandle.class::isInstance));
        restoreCheckpoint(Objects.requireNonNull(byForm.get(false)));
        restoreSavepoint(Objects.requireNonNull(byForm.get(true)));
        states.end();
    }

    private void restoreDatabase(IncrementalRemoteKeyedStateHandle database) throws BackendBuildingException {
        KeyGroupRange mine = database.getKeyGroupRange().getIntersection(range);
        try {
            List<StateMetaInfoSnapshot> snapshots;
            List<StateReader> readers;
            try (BufferedStateStream stream =
                    BufferedStateStream.open(database.getMetaDataStateHandle(), cancelables)) {
                KeyedBackendSerializationProxy<K> header = readHeader(new DataInputViewStreamWrapper(stream));
                snapshots = header.getStateMetaInfoSnapshots();
                readers = readers(snapshots, keySerializer.previousSchemaSerializer());
            }
            boolean begun = databases.isBegun(database);
            databases.use(database, reading -> {
                for (int id = 0; id < readers.size(); id++) {
                    StateReader reader = readers.get(id);
                    if (!begun || (reader instanceof TimersReader<?> timers && !timers.areStored())) {
                        read(reading, snapshots.get(id).getName(), reader, mine);
                    }
                }
            });
        } catch (Exception e) {
            throw failed(database, e);
        }
    }

    private static void read(Databases.Reading database, String state, StateReader reader, KeyGroupRange keyGroups)
            throws IOException {
        for (int keyGroup : keyGroups) {
            database.read(state, keyGroup, (key, value) -> reader.take(keyGroup, key, value));
        }
    }

    private @Nullable KeyGroupsStateHandle ownPart(KeyedStateHandle handle) throws BackendBuildingException {
        if (!(handle instanceof KeyGroupsStateHandle)) {
            throw failed(
                    handle, StateUtil.unexpectedStateHandleException(KeyGroupsStateHandle.class, handle.getClass()));
        }
        return (KeyGroupsStateHandle) handle.getIntersection(range);
    }

    private void restoreCheckpoint(List<KeyGroupsStateHandle> parts) throws BackendBuildingException {
        List<Change> changes = new ArrayList<>();
        for (KeyGroupsStateHandle part : parts) {
            try (BufferedStateStream stream = BufferedStateStream.open(part, cancelables)) {
                DataInputView view = new DataInputViewStreamWrapper(stream);
                if (view.readInt() == ChangesHeader.MAGIC) {
                    changes.add(new Change(ChangesHeader.read(view), part));
                } else {
                    stream.seek(0);
                    readCheckpoint(part, stream, StateReader::read);
                }
            } catch (Exception e) {
                throw failed(part, e);
            }
        }
        restoreChanges(changes);
    }

    /** A file of an incremental snapshot. */
    private record Change(ChangesHeader header, KeyGroupsStateHandle part) {}

    /** The newest of each chain first: what it has stands in the place of what older ones have. */
    private void restoreChanges(List<Change> changes) throws BackendBuildingException {
        changes.sort(Comparator.comparing((Change change) -> change.header().chain())
                .thenComparing(change -> -change.header().sequence()));
        Map<String, Coverage> covered = new HashMap<>();
        for (int i = 0; i < changes.size(); i++) {
            Change change = changes.get(i);
            ChangesHeader older = i + 1 < changes.size() ? changes.get(i + 1).header() : null;
            try (BufferedStateStream stream = BufferedStateStream.open(change.part(), cancelables)) {
                change.header().requireBehind(older);
                DataInputView view = new DataInputViewStreamWrapper(stream);
                view.readInt();
                ChangesHeader header = ChangesHeader.read(view);
                readCheckpoint(change.part(), stream, (reader, keyGroup, in) -> {
                    String place = header.chain() + " " + keyGroup + " " + reader.name();
                    reader.readChanges(keyGroup, in, covered.computeIfAbsent(place, none -> new Coverage()));
                });
            } catch (Exception e) {
                throw failed(change.part(), e);
            }
        }
    }

    private interface Reading {
        void read(StateReader reader, int keyGroup, DataInputView in) throws IOException;
    }

    private void readCheckpoint(KeyGroupsStateHandle part, BufferedStateStream stream, Reading reading)
            throws Exception {
        DataInputView view = new DataInputViewStreamWrapper(stream);
        KeyedBackendSerializationProxy<K> header = readHeader(view);
        List<StateReader> readers =
                readers(header.getStateMetaInfoSnapshots(), keySerializer.currentSchemaSerializer());
        // none is less than a byte
        readers.forEach(reader -> reader.limit(part.getStateSize()));
        StreamCompressionDecorator compression = header.isUsingKeyGroupCompression()
                ? SnappyStreamCompressionDecorator.INSTANCE
                : UncompressedStreamCompressionDecorator.INSTANCE;
        for (Tuple2<Integer, Long> offset : part.getGroupRangeOffsets()) {
            stream.seek(offset.f1);
            int keyGroup = view.readInt();
            if (keyGroup != offset.f0) {
                throw new IOException(
                        "found key group " + keyGroup + " where " + offset.f0 + " should be, at byte " + offset.f1);
            }
            try (InputStream decompressed = compression.decorateWithCompression(stream)) {
                DataInputView in = new DataInputViewStreamWrapper(decompressed);
                for (int i = 0; i < readers.size(); i++) {
                    reading.read(readers.get(in.readShort()), keyGroup, in);
                }
            }
        }
    }

    private KeyedBackendSerializationProxy<K> readHeader(DataInputView view) throws Exception {
        KeyedBackendSerializationProxy<K> header = new KeyedBackendSerializationProxy<>(userLoader);
        header.read(view);
        if (!keySerializerChecked) {
            checkKeySerializer(header);
            keySerializerChecked = true;
        }
        return header;
    }

    /** What Flink's reader checks the key serializer of, which it can once. */
    private StateSerializerProvider<K> toBeChecked() {
        if (keySerializerChecked) {
            return StateSerializerProvider.fromNewRegisteredSerializer(keySerializer.currentSchemaSerializer());
        }
        keySerializerChecked = true;
        return keySerializer;
    }

    private void checkKeySerializer(KeyedBackendSerializationProxy<K> header) throws StateMigrationException {
        // An incompatible one cannot be asked for any more.
        TypeSerializer<K> current = keySerializer.currentSchemaSerializer();
        TypeSerializerSchemaCompatibility<K> compatibility =
                keySerializer.setPreviousSerializerSnapshotForRestoredState(header.getKeySerializerSnapshot());
        if (compatibility.isCompatibleAfterMigration() || compatibility.isIncompatible()) {
            throw new StateMigrationException("The new key serializer (" + current
                    + ") must be compatible with the previous key serializer ("
                    + keySerializer.previousSchemaSerializer() + ").");
        }
    }

    private void restoreSavepoint(List<KeyGroupsStateHandle> parts) throws BackendBuildingException {
        if (parts.isEmpty()) {
            return;
        }
        List<KeyedStateHandle> opened = new ArrayList<>();
        for (KeyGroupsStateHandle part : parts) {
            opened.add(new KeyGroupsSavepointStateHandle(
                    part.getGroupRangeOffsets(), new OpenedHandle(part.getDelegateStateHandle(), cancelables)));
        }
        int next = 0;
        try (ThrowingIterator<SavepointRestoreResult> results =
                new FullSnapshotRestoreOperation<>(range, userLoader, opened, toBeChecked()).restore()) {
            while (results.hasNext()) {
                readSavepoint(results.next());
                next++;
            }
        } catch (Exception e) {
            throw failed(parts.get(Math.min(next, parts.size() - 1)), e);
        }
    }

    private void readSavepoint(SavepointRestoreResult result) throws Exception {
        try (ThrowingIterator<KeyGroup> keyGroups = result.getRestoredKeyGroups()) {
            List<StateReader> readers =
                    readers(result.getStateMetaInfoSnapshots(), keySerializer.previousSchemaSerializer());
            while (keyGroups.hasNext()) {
                KeyGroup keyGroup = keyGroups.next();
                try (ThrowingIterator<KeyGroupEntry> entries = keyGroup.getKeyGroupEntries()) {
                    while (entries.hasNext()) {
                        KeyGroupEntry entry = entries.next();
                        readers.get(entry.getKvStateId())
                                .take(keyGroup.getKeyGroupId(), entry.getKey(), entry.getValue());
                    }
                }
            }
        }
    }

    private List<StateReader> readers(List<StateMetaInfoSnapshot> snapshots, TypeSerializer<K> ofKeys) {
        return snapshots.stream().map(snapshot -> states.of(snapshot, ofKeys)).toList();
    }

    /** Puts everything into the states of a backend. */
    private record Restoring<K>(RestoredStates<K> states, int prefixBytes) implements Readers<K> {
        @Override
        public StateReader of(StateMetaInfoSnapshot state, TypeSerializer<K> ofKeys) {
            return switch (state.getBackendStateType()) {
                case KEY_VALUE -> new ValuesReader<>(states.context(), ofKeys, states.values(state), prefixBytes);
                case PRIORITY_QUEUE -> new TimersReader<>(states.timers(state), prefixBytes);
                default -> throw unknown(state);
            };
        }

        @Override
        public void end() {
            states.context().unselect();
        }
    }

    static IllegalStateException unknown(StateMetaInfoSnapshot state) {
        return new IllegalStateException("state '" + state.getName() + "' is of the kind " + state.getBackendStateType()
                + ", which is no keyed state of this version");
    }

    private static BackendBuildingException failed(KeyedStateHandle handle, Exception cause) {
        String file = handle instanceof IncrementalRemoteKeyedStateHandle database
                ? "the database " + database.getBackendIdentifier() + " of checkpoint " + database.getCheckpointId()
                : path(handle);
        return new BackendBuildingException(
                "cannot restore keyed state of " + handle.getKeyGroupRange() + " from " + file + ": "
                        + cause.getMessage(),
                cause);
    }

    private static String path(KeyedStateHandle handle) {
        return handle instanceof KeyGroupsStateHandle groups
                ? groups.maybeGetPath()
                        .map(Object::toString)
                        .orElse(groups.getDelegateStateHandle().toString())
                : handle.toString();
    }
}
