package dev.weir.flink.state.snapshot;

import dev.weir.flink.checkpoint.TwofoldStreams;
import java.util.function.Supplier;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointStreamWithResultProvider.PrimaryStreamOnly;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.FullSnapshotAsyncWriter;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategy;

/**
 * Writes cuts as savepoints are written: entry by entry, in the order and the form in which a store of bytes has them, so
 * that memory does not depend on the size of the state. Where streams write a local copy too, there is one. The handle says that this is the format, for any store to restore.
 *
 * <p>The cut is made by the thread that calls {@link #syncPrepareResources}; the rest may run anywhere.
 */
public final class CanonicalStrategy<K> implements SnapshotStrategy<KeyedStateHandle, BackendCut<K>> {

    private final Supplier<BackendCut<K>> cuts;

    /** @param cuts makes a cut of the state as it is when called */
    public CanonicalStrategy(Supplier<BackendCut<K>> cuts) {
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
        return new FullSnapshotAsyncWriter<>(
                SavepointType.savepoint(SavepointFormatType.CANONICAL),
                () -> new PrimaryStreamOnly(TwofoldStreams.open(streams, CheckpointedStateScope.EXCLUSIVE)),
                cut);
    }
}
