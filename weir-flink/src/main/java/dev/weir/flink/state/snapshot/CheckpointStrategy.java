package dev.weir.flink.state.snapshot;

import java.util.function.Supplier;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategy;

/**
 * Writes cuts as Flink's heap backend writes its checkpoints, see {@link KeyedStateFile}.
 *
 * <p>The cut is made by the thread that calls {@link #syncPrepareResources}; the rest may run anywhere.
 */
public final class CheckpointStrategy<K> implements SnapshotStrategy<KeyedStateHandle, BackendCut<K>> {

    private final Supplier<BackendCut<K>> cuts;

    /** @param cuts makes a cut of the state as it is when called */
    public CheckpointStrategy(Supplier<BackendCut<K>> cuts) {
        this.cuts = cuts;
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
        return cancelables -> SnapshotResult.of(
                KeyedStateFile.write(cut, StateCut::write, streams, CheckpointedStateScope.EXCLUSIVE, cancelables));
    }
}
