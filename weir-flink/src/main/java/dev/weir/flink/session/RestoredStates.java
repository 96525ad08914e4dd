package dev.weir.flink.session;

import dev.weir.flink.checkpoint.RestoreAssignment;
import dev.weir.flink.host.JobCheckpointing;
import dev.weir.flink.host.RestoredSubtask;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.jspecify.annotations.Nullable;

/** What the present attempt of each subtask starts from, and where it writes. Set before it runs; thread-safe. */
final class RestoredStates implements JobCheckpointing {
    private volatile @Nullable JobCheckpoints checkpoints;
    private final Map<ExecutionVertexID, RestoreAssignment> restored = new ConcurrentHashMap<>();

    void attach(JobCheckpoints ofJob) {
        checkpoints = ofJob;
    }

    /** The next attempts of these subtasks begin from here. */
    void restore(RestoreAssignment assignment, Set<ExecutionVertexID> subtasks) {
        subtasks.forEach(subtask -> restored.put(subtask, assignment));
    }

    /** The next attempts of these subtasks begin from nothing. */
    void beginAnew(Set<ExecutionVertexID> subtasks) {
        restored.keySet().removeAll(subtasks);
    }

    @Override
    public CheckpointStreamFactory streams(long checkpointId) {
        JobCheckpoints present = checkpoints;
        return present == null ? new GivenUpStreams(checkpointId) : present.streams(checkpointId);
    }

    @Override
    public @Nullable RestoredSubtask restored(JobVertexID vertex, int subtask) {
        RestoreAssignment from = restored.get(new ExecutionVertexID(vertex, subtask));
        if (from == null) {
            return null;
        }
        if (from.finished(vertex)) {
            return new RestoredSubtask(from.checkpointId(), true, Map.of());
        }
        return from.subtask(vertex, subtask)
                .map(states -> new RestoredSubtask(from.checkpointId(), false, states))
                .orElse(null);
    }
}
