package dev.weir.flink.host;

import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.OperatorID;

/**
 * What a subtask goes on from.
 *
 * @param checkpointId of the checkpoint or savepoint
 * @param finished whether it had ended by then, and so only has to tell that to those downstream (FLIP-147)
 * @param rescaled whether it was one of another number of subtasks: what was in flight may be somebody else's then
 * @param states of its operators; one that had none is missing
 */
public record RestoredSubtask(
        long checkpointId, boolean finished, boolean rescaled, Map<OperatorID, OperatorSubtaskState> states) {}
