package dev.weir.flink.state.snapshot;

import dev.weir.flink.checkpoint.TwofoldStreams;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Supplier;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointStreamWithResultProvider;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.LocalSnapshotDirectoryProvider;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategy;

/**
 * Writes cuts as Flink's heap backend writes its checkpoints: a header, then for each key group its number and, compressed
 * or not, all of its states, each with its number in front. A key group can be read alone.
 *
 * <p>The cut is made by the thread that calls {@link #syncPrepareResources}; the rest may run anywhere.
 */
public final class CheckpointStrategy<K> implements SnapshotStrategy<KeyedStateHandle, BackendCut<K>> {

    private final Supplier<BackendCut<K>> cuts;
    private final LocalRecoveryConfig localRecovery;

    /**
     * @param cuts makes a cut of the state as it is when called
     * @param localRecovery whether, and where, a second copy of each checkpoint is written
     */
    public CheckpointStrategy(Supplier<BackendCut<K>> cuts, LocalRecoveryConfig localRecovery) {
        this.cuts = cuts;
        this.localRecovery = localRecovery;
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
        if (cut.states().isEmpty()) {
            return cancelables -> SnapshotResult.empty();
        }
        boolean savepoint = options.getCheckpointType().isSavepoint();
        if (!savepoint && streams instanceof TwofoldStreams twofold) {
            return cancelables -> write(
                    cut,
                    new CheckpointStreamWithResultProvider.PrimaryStreamOnly(
                            twofold.createTwofold(CheckpointedStateScope.EXCLUSIVE)),
                    cancelables);
        }
        boolean twice = localRecovery.isLocalBackupEnabled() && !savepoint;
        return cancelables -> write(cut, open(checkpointId, streams, twice), cancelables);
    }

    private CheckpointStreamWithResultProvider open(long checkpointId, CheckpointStreamFactory streams, boolean twice)
            throws IOException {
        if (!twice) {
            return CheckpointStreamWithResultProvider.createSimpleStream(CheckpointedStateScope.EXCLUSIVE, streams);
        }
        LocalSnapshotDirectoryProvider directories = localRecovery
                .getLocalStateDirectoryProvider()
                .orElseThrow(LocalRecoveryConfig.localRecoveryNotEnabled());
        return CheckpointStreamWithResultProvider.createDuplicatingStream(
                checkpointId, CheckpointedStateScope.EXCLUSIVE, streams, directories);
    }

    private static SnapshotResult<KeyedStateHandle> write(
            BackendCut<?> cut, CheckpointStreamWithResultProvider target, CloseableRegistry cancelables)
            throws IOException {
        // Whoever closes the registry, on cancellation or after a failure, removes what has been written.
        cancelables.registerCloseable(target);
        KeyGroupRangeOffsets offsets = write(cut, target.getCheckpointOutputStream());
        if (!cancelables.unregisterCloseable(target)) {
            throw new IOException("the checkpoint was cancelled while its state was written");
        }
        return CheckpointStreamWithResultProvider.toKeyedStateHandleSnapshotResult(
                target.closeAndFinalizeCheckpointStreamResult(), offsets, KeyGroupsStateHandle::new);
    }

    private static KeyGroupRangeOffsets write(BackendCut<?> cut, CheckpointStateOutputStream out) throws IOException {
        EntryBuffer plain = new EntryBuffer(out);
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
                writeStates(cut, keyGroup, plain.to(compressed));
            }
        }
        return offsets;
    }

    private static void writeStates(BackendCut<?> cut, int keyGroup, EntryBuffer out) throws IOException {
        for (int id = 0; id < cut.states().size(); id++) {
            out.view().writeShort(id);
            cut.states().get(id).write(keyGroup, out);
        }
        out.flush();
    }
}
