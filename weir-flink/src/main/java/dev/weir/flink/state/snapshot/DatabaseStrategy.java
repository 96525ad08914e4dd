package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SnapshotType.SharingFilesStrategy;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategy;
import org.apache.flink.runtime.state.StreamStateHandle;

/**
 * Has each checkpoint refer to the database's files, and writes those that the last complete checkpoint does not have. A file
 * that is not known to be of a complete checkpoint is written again, as in Flink: who else has it may be given up.
 *
 * <p>The subtask's thread takes cuts and hears of completed checkpoints; files are written on any.
 */
public final class DatabaseStrategy<K> implements SnapshotStrategy<KeyedStateHandle, DatabaseCut<K>> {

    /** Takes a cut on the subtask's thread. */
    public interface Cuts<K> {
        /** The state as it is now. */
        DatabaseCut<K> take() throws IOException;
    }

    private final Cuts<K> cuts;
    private final UUID database = UUID.randomUUID();
    private final KeyGroupRange range;
    private final Transfers transfers;
    private final ConcurrentNavigableMap<Long, Map<String, StreamStateHandle>> written = new ConcurrentSkipListMap<>();
    private Map<String, StreamStateHandle> confirmed;

    /**
     * @param range key groups of the subtask
     * @param transfers writes the files
     * @param restored files of the database, by their names there, that the checkpoint has which it was restored from
     */
    public DatabaseStrategy(
            Cuts<K> cuts, KeyGroupRange range, Transfers transfers, Map<String, StreamStateHandle> restored) {
        this.cuts = cuts;
        this.range = range;
        this.transfers = transfers;
        this.confirmed = Map.copyOf(restored);
    }

    @Override
    public DatabaseCut<K> syncPrepareResources(long checkpointId) throws IOException {
        return cuts.take();
    }

    @Override
    public SnapshotResultSupplier<KeyedStateHandle> asyncSnapshot(
            DatabaseCut<K> cut,
            long checkpointId,
            long timestamp,
            CheckpointStreamFactory streams,
            CheckpointOptions options) {
        SharingFilesStrategy sharing = options.getCheckpointType().getSharingFilesStrategy();
        Map<String, StreamStateHandle> base = sharing == SharingFilesStrategy.FORWARD_BACKWARD ? confirmed : Map.of();
        CheckpointedStateScope scope = sharing == SharingFilesStrategy.NO_SHARING
                ? CheckpointedStateScope.EXCLUSIVE
                : CheckpointedStateScope.SHARED;
        return cancelables -> {
            KeyGroupsStateHandle rest = cut.rest().states().isEmpty()
                    ? null
                    : KeyedStateFile.write(
                            cut.rest(), StateCut::write, streams, CheckpointedStateScope.EXCLUSIVE, cancelables);
            if (cut.files() == null) {
                return rest == null ? SnapshotResult.empty() : SnapshotResult.of(rest);
            }
            DatabaseUpload upload = new DatabaseUpload(streams, scope, transfers, cancelables);
            StreamStateHandle types = upload.types(cut);
            DatabaseUpload.Uploaded files = upload.files(cut.files(), base);
            if (scope == CheckpointedStateScope.SHARED) {
                written.put(checkpointId, files.immutable());
            }
            IncrementalRemoteKeyedStateHandle handle = new IncrementalRemoteKeyedStateHandle(
                    database,
                    range,
                    checkpointId,
                    files.shared(),
                    files.own(),
                    types,
                    types.getStateSize() + files.writtenBytes());
            return SnapshotResult.of(new DatabaseKeyedState(handle, files.written(), rest));
        };
    }

    /** Later checkpoints may refer to the files of this one. */
    public void completed(long checkpointId) {
        Map<String, StreamStateHandle> files = written.get(checkpointId);
        written.headMap(checkpointId, true).clear();
        if (files != null) {
            confirmed = files;
        }
    }

    /** Nothing will be heard of this one. */
    public void aborted(long checkpointId) {
        written.remove(checkpointId);
    }
}
