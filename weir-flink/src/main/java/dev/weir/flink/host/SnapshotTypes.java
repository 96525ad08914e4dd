package dev.weir.flink.host;

import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.CheckpointOptions.Alignment;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.checkpoint.SnapshotType;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;

/** The engine's kinds of checkpoint as Flink's operators know them. Stateless. */
final class SnapshotTypes {

    private SnapshotTypes() {}

    static org.apache.flink.runtime.checkpoint.CheckpointOptions of(CheckpointOptions options) {
        return options.alignment() == Alignment.AT_LEAST_ONCE
                ? org.apache.flink.runtime.checkpoint.CheckpointOptions.notExactlyOnce(
                        type(options), CheckpointStorageLocationReference.getDefault())
                : org.apache.flink.runtime.checkpoint.CheckpointOptions.alignedNoTimeout(
                        type(options), CheckpointStorageLocationReference.getDefault());
    }

    private static SnapshotType type(CheckpointOptions options) {
        return switch (options.kind()) {
            case CHECKPOINT -> CheckpointType.CHECKPOINT;
            case FULL_CHECKPOINT -> CheckpointType.FULL_CHECKPOINT;
            case SAVEPOINT_CANONICAL -> savepoint(options.action(), SavepointFormatType.CANONICAL);
            case SAVEPOINT_NATIVE -> savepoint(options.action(), SavepointFormatType.NATIVE);
        };
    }

    private static SnapshotType savepoint(PostCheckpointAction action, SavepointFormatType format) {
        return switch (action) {
            case NONE -> SavepointType.savepoint(format);
            case SUSPEND -> SavepointType.suspend(format);
            case TERMINATE -> SavepointType.terminate(format);
        };
    }
}
