package dev.weir.flink.host;

import dev.weir.engine.checkpoint.SubtaskSnapshot;
import org.apache.flink.runtime.checkpoint.TaskStateSnapshot;

/**
 * The state of a subtask's operators at a checkpoint, as Flink's handles.
 *
 * @param persistedInFlightBytes of records that the barrier overtook
 */
public record ChainSnapshot(TaskStateSnapshot state, long persistedInFlightBytes) implements SubtaskSnapshot {

    @Override
    public long checkpointedBytes() {
        return state.getCheckpointedSize();
    }

    @Override
    public long fullBytes() {
        return state.getStateSize();
    }
}
