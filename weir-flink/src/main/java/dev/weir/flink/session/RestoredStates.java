package dev.weir.flink.session;

import dev.weir.flink.checkpoint.RestoreAssignment;
import dev.weir.flink.host.JobCheckpointing;
import dev.weir.flink.host.RestoredSubtask;
import java.util.Map;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.jspecify.annotations.Nullable;

/** What the subtasks of the present attempt start from, and where they write. Set before they run; thread-safe. */
final class RestoredStates implements JobCheckpointing {
    private volatile @Nullable JobCheckpoints checkpoints;
    private volatile @Nullable RestoreAssignment restored;

    void attach(JobCheckpoints ofJob) {
        checkpoints = ofJob;
    }

    /** The next attempt begins from here. */
    void restore(RestoreAssignment assignment) {
        restored = assignment;
    }

    /** The next attempt begins from nothing. */
    void beginAnew() {
        restored = null;
    }

    @Override
    public CheckpointStreamFactory streams(long checkpointId) {
        JobCheckpoints present = checkpoints;
        return present == null ? new GivenUpStreams(checkpointId) : present.streams(checkpointId);
    }

    @Override
    public @Nullable RestoredSubtask restored(JobVertexID vertex, int subtask) {
        RestoreAssignment from = restored;
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
