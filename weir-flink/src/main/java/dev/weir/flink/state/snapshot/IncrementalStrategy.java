package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SnapshotType.SharingFilesStrategy;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategy;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.jspecify.annotations.Nullable;

/**
 * Writes of each checkpoint what has changed since the last one that is known to be complete. The files of a chain begin with
 * one that has everything; when those behind it have grown to half of it, or are many, the next checkpoint begins a new chain,
 * and the old one goes with the last checkpoint that needs it.
 *
 * <p>The subtask's thread takes cuts and hears of completed checkpoints; files are written on any.
 */
public final class IncrementalStrategy<K> implements SnapshotStrategy<KeyedStateHandle, BackendCut<K>> {

    private static final int LENGTH_MAX = 20;

    private final Supplier<BackendCut<K>> cuts;
    private final SnapshotStrategy<KeyedStateHandle, BackendCut<K>> full;
    private final BiConsumer<String, Integer> forget;
    private final ConcurrentNavigableMap<Long, Chain> written = new ConcurrentSkipListMap<>();
    private @Nullable Chain confirmed;

    /**
     * A chain as one checkpoint has it.
     *
     * @param files the oldest first
     * @param versions of the cut, by state
     */
    private record Chain(UUID id, List<KeyGroupsStateHandle> files, Map<String, Integer> versions) {
        boolean hasRoom() {
            long changes = files.stream()
                    .skip(1)
                    .mapToLong(KeyGroupsStateHandle::getStateSize)
                    .sum();
            return files.size() < LENGTH_MAX && 2 * changes <= files.get(0).getStateSize();
        }
    }

    /**
     * @param cuts makes a cut of the state as it is when called
     * @param full writes savepoints
     * @param forget told, state by state, up to which version no cut will be compared with
     */
    public IncrementalStrategy(
            Supplier<BackendCut<K>> cuts,
            SnapshotStrategy<KeyedStateHandle, BackendCut<K>> full,
            BiConsumer<String, Integer> forget) {
        this.cuts = cuts;
        this.full = full;
        this.forget = forget;
    }

    @Override
    public BackendCut<K> syncPrepareResources(long checkpointId) {
        return cuts.get();
    }

    @Override
    public SnapshotResultSupplier<KeyedStateHandle> asyncSnapshot(
            BackendCut<K> cut,
            long checkpointId,
            long timestamp,
            CheckpointStreamFactory streams,
            CheckpointOptions options) {
        if (options.getCheckpointType().isSavepoint() || cut.states().isEmpty()) {
            return full.asyncSnapshot(cut, checkpointId, timestamp, streams, options);
        }
        Chain base = options.getCheckpointType().getSharingFilesStrategy() == SharingFilesStrategy.FORWARD_BACKWARD
                ? confirmed
                : null;
        return cancelables -> {
            Chain before = base != null && base.hasRoom() && reuse(base, streams) ? base : null;
            Chain chain = write(cut, before, streams, cancelables);
            written.put(checkpointId, chain);
            return SnapshotResult.of(new ChainedKeyedState(chain.files()));
        };
    }

    /** False where the files have gone with the checkpoint that had them, as a later one has no need for them. */
    private static boolean reuse(Chain base, CheckpointStreamFactory streams) {
        List<StreamStateHandle> files = base.files().stream()
                .map(KeyGroupsStateHandle::getDelegateStateHandle)
                .toList();
        try {
            streams.reusePreviousStateHandle(files);
            return true;
        } catch (IllegalStateException gone) {
            return false;
        }
    }

    private static Chain write(
            BackendCut<?> cut, @Nullable Chain before, CheckpointStreamFactory streams, CloseableRegistry cancelables)
            throws IOException {
        UUID id = before == null ? UUID.randomUUID() : before.id();
        List<KeyGroupsStateHandle> files = new ArrayList<>(before == null ? List.of() : before.files());
        // a local copy of the file is one of this checkpoint's; older ones are read from where the checkpoints are
        files.add(KeyedStateFile.write(
                cut,
                new Changes(new ChangesHeader(id, files.size()), before),
                streams,
                CheckpointedStateScope.SHARED,
                cancelables));
        return new Chain(id, files, versions(cut));
    }

    private static Map<String, Integer> versions(BackendCut<?> cut) {
        Map<String, Integer> versions = new HashMap<>();
        for (StateCut state : cut.states()) {
            state.version().ifPresent(version -> versions.put(state.metaInfo().getName(), version));
        }
        return versions;
    }

    /** What has changed since a chain was written, or all where there is none. */
    private record Changes(ChangesHeader header, @Nullable Chain before) implements KeyedStateFile.Content {
        @Override
        public void begin(EntryBuffer out) throws IOException {
            header.write(out.view());
        }

        @Override
        public void write(StateCut state, int keyGroup, EntryBuffer out) throws IOException {
            state.writeChanges(keyGroup, earlier(state), out);
        }

        /** A state that is new since has nothing to be compared with. */
        private OptionalInt earlier(StateCut state) {
            Integer version = before == null
                    ? null
                    : before.versions().get(state.metaInfo().getName());
            return version == null ? OptionalInt.empty() : OptionalInt.of(version);
        }
    }

    /** Later checkpoints are compared with this one. */
    public void completed(long checkpointId) {
        Chain chain = written.get(checkpointId);
        written.headMap(checkpointId, true).clear();
        if (chain != null) {
            confirmed = chain;
            chain.versions().forEach(forget);
        }
    }

    /** Nothing will be heard of this one. */
    public void aborted(long checkpointId) {
        written.remove(checkpointId);
    }
}
