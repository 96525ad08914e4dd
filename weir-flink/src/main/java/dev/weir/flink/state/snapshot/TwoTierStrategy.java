package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategy;

/**
 * Has each checkpoint refer to the files of a chain, of what is on the heap, and to those of a database, of what is not. In the
 * chain a key group that has left the heap is one whose entries are gone.
 *
 * <p>The subtask's thread takes cuts and hears of completed checkpoints; files are written on any.
 */
public final class TwoTierStrategy<K> implements SnapshotStrategy<KeyedStateHandle, TwoTierCut<K>> {

    /** Takes a cut on the subtask's thread. */
    public interface Cuts<K> {
        /** The state as it is now. */
        TwoTierCut<K> take() throws IOException;
    }

    private final Cuts<K> cuts;
    private final IncrementalStrategy<K> heap;
    private final DatabaseStrategy<K> database;

    /**
     * @param heap writes one tier, and takes no cuts
     * @param database the other
     */
    public TwoTierStrategy(Cuts<K> cuts, IncrementalStrategy<K> heap, DatabaseStrategy<K> database) {
        this.cuts = cuts;
        this.heap = heap;
        this.database = database;
    }

    @Override
    public TwoTierCut<K> syncPrepareResources(long checkpointId) throws IOException {
        return cuts.take();
    }

    @Override
    public SnapshotResultSupplier<KeyedStateHandle> asyncSnapshot(
            TwoTierCut<K> cut,
            long checkpointId,
            long timestamp,
            CheckpointStreamFactory streams,
            CheckpointOptions options) {
        SnapshotResultSupplier<KeyedStateHandle> ofHeap =
                heap.asyncSnapshot(cut.heap(), checkpointId, timestamp, streams, options);
        SnapshotResultSupplier<KeyedStateHandle> ofDatabase =
                database.asyncSnapshot(cut.database(), checkpointId, timestamp, streams, options);
        return cancelables -> {
            List<KeyedStateHandle> tiers = new ArrayList<>(2);
            for (SnapshotResultSupplier<KeyedStateHandle> tier : List.of(ofDatabase, ofHeap)) {
                KeyedStateHandle written = tier.get(cancelables).getJobManagerOwnedSnapshot();
                if (written != null) {
                    tiers.add(written);
                }
            }
            return tiers.isEmpty() ? SnapshotResult.empty() : SnapshotResult.of(new TwoTierKeyedState(tiers));
        };
    }
}
