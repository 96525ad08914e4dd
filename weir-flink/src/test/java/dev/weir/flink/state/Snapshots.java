package dev.weir.flink.state;

import java.util.concurrent.RunnableFuture;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SavepointResources;
import org.apache.flink.runtime.state.SavepointSnapshotStrategy;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategyRunner;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;

/** Takes snapshots of keyed backends as Flink's operators do. */
final class Snapshots {

    private static final int BYTES_MAX = 64 << 20;

    enum Format {
        /** Flink's heap backend's own. */
        CHECKPOINT,
        /** That of all backends. */
        CANONICAL
    }

    private Snapshots() {}

    /** The asynchronous part, to memory. */
    static RunnableFuture<SnapshotResult<KeyedStateHandle>> take(AbstractKeyedStateBackend<?> backend, Format format)
            throws Exception {
        return take(backend, format, new MemCheckpointStreamFactory(BYTES_MAX));
    }

    /** The asynchronous part. */
    static RunnableFuture<SnapshotResult<KeyedStateHandle>> take(
            AbstractKeyedStateBackend<?> backend, Format format, CheckpointStreamFactory streams) throws Exception {
        return format == Format.CHECKPOINT
                ? backend.snapshot(1, 1, streams, CheckpointOptions.forCheckpointWithDefaultLocation())
                : savepoint(backend.savepoint(), streams);
    }

    private static <K> RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint(
            SavepointResources<K> resources, CheckpointStreamFactory streams) throws Exception {
        CheckpointOptions options = new CheckpointOptions(
                SavepointType.savepoint(SavepointFormatType.CANONICAL),
                CheckpointStorageLocationReference.getDefault());
        return new SnapshotStrategyRunner<>(
                        "savepoint",
                        new SavepointSnapshotStrategy<>(resources.getSnapshotResources()),
                        new CloseableRegistry(),
                        resources.getPreferredSnapshotExecutionType())
                .snapshot(1, 1, streams, options);
    }
}
