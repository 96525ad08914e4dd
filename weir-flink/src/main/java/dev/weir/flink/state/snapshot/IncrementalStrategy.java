package dev.weir.flink.state.snapshot;

import dev.weir.flink.checkpoint.TwofoldStreams;
import java.io.IOException;
import java.io.OutputStream;
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
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
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

    private static final int LENGTH_MAX = 10;

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
        CheckpointStateOutputStream out = streams instanceof TwofoldStreams twofold
                ? twofold.createTwofold(CheckpointedStateScope.SHARED)
                : streams.createCheckpointStateOutputStream(CheckpointedStateScope.SHARED);
        // Whoever closes the registry, on cancellation or after a failure, removes what has been written.
        cancelables.registerCloseable(out);
        KeyGroupRangeOffsets offsets = write(cut, new ChangesHeader(id, files.size()), before, out);
        if (!cancelables.unregisterCloseable(out)) {
            throw new IOException("the checkpoint was cancelled while its state was written");
        }
        StreamStateHandle file = out.closeAndGetHandle();
        if (file == null) {
            throw new IOException("nothing was written of keyed state");
        }
        files.add(new KeyGroupsStateHandle(offsets, file));
        return new Chain(id, files, versions(cut));
    }

    private static Map<String, Integer> versions(BackendCut<?> cut) {
        Map<String, Integer> versions = new HashMap<>();
        for (StateCut state : cut.states()) {
            state.version().ifPresent(version -> versions.put(state.metaInfo().getName(), version));
        }
        return versions;
    }

    private static KeyGroupRangeOffsets write(
            BackendCut<?> cut, ChangesHeader header, @Nullable Chain before, CheckpointStateOutputStream out)
            throws IOException {
        EntryBuffer plain = new EntryBuffer(out);
        header.write(plain.view());
        cut.writeHeader(plain.view());
        plain.flush();
        KeyGroupRange range = cut.getKeyGroupRange();
        KeyGroupRangeOffsets offsets = new KeyGroupRangeOffsets(range);
        for (int keyGroup : range) {
            offsets.setKeyGroupOffset(keyGroup, out.getPos());
            plain.view().writeInt(keyGroup);
            plain.flush();
            // closing it only ends the compression
            try (OutputStream compressed = cut.getStreamCompressionDecorator().decorateWithCompression(out)) {
                EntryBuffer entries = plain.to(compressed);
                for (int id = 0; id < cut.states().size(); id++) {
                    StateCut state = cut.states().get(id);
                    entries.view().writeShort(id);
                    state.writeChanges(keyGroup, earlier(state, before), entries);
                }
                entries.flush();
            }
        }
        return offsets;
    }

    /** A state that is new since has nothing to be compared with. */
    private static OptionalInt earlier(StateCut state, @Nullable Chain before) {
        Integer version =
                before == null ? null : before.versions().get(state.metaInfo().getName());
        return version == null ? OptionalInt.empty() : OptionalInt.of(version);
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
