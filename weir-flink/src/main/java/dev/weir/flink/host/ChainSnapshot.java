package dev.weir.flink.host;

import dev.weir.engine.checkpoint.SubtaskSnapshot;
import org.apache.flink.runtime.checkpoint.TaskStateSnapshot;

/**
 * The state of a subtask's operators at a checkpoint, as Flink's handles.
 *
 * @param checkpointedBytes written for this checkpoint, which the handles do not tell: a file does not know who wrote it
 * @param persistedInFlightBytes of records that the barrier overtook
 */
public record ChainSnapshot(TaskStateSnapshot state, long checkpointedBytes, long persistedInFlightBytes)
        implements SubtaskSnapshot {

    @Override
    public long fullBytes() {
        return state.getStateSize();
    }
}
