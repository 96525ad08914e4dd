package dev.weir.flink.session;

import dev.weir.flink.checkpoint.CheckpointWrite;
import dev.weir.flink.checkpoint.LocalCopies;
import dev.weir.flink.checkpoint.RestoreAssignment;
import dev.weir.flink.host.JobCheckpointing;
import dev.weir.flink.host.RestoredSubtask;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.jspecify.annotations.Nullable;

/** What the present attempt of each subtask starts from, and where it writes. Set before it runs; thread-safe. */
final class RestoredStates implements JobCheckpointing {
    private volatile @Nullable JobCheckpoints checkpoints;
    private volatile @Nullable JobSlots slots;
    private volatile LocalCopies local = LocalCopies.NONE;
    private final Map<ExecutionVertexID, From> restored = new ConcurrentHashMap<>();

    private record From(RestoreAssignment assignment, LocalCopies.Index copies) {}

    void attach(JobCheckpoints ofJob) {
        checkpoints = ofJob;
    }

    /** Says where subtasks run, and where second copies of their state are. */
    void attach(JobSlots slotsOfJob, LocalCopies copies) {
        slots = slotsOfJob;
        local = copies;
    }

    LocalCopies local() {
        return local;
    }

    /** The next attempts of these subtasks begin from here. */
    void restore(RestoreAssignment assignment, LocalCopies.Index copies, Set<ExecutionVertexID> subtasks) {
        subtasks.forEach(subtask -> restored.put(subtask, new From(assignment, copies)));
    }

    /** The next attempts of these subtasks begin from nothing. */
    void beginAnew(Set<ExecutionVertexID> subtasks) {
        restored.keySet().removeAll(subtasks);
    }

    @Override
    public CheckpointStreamFactory streams(long checkpointId, JobVertexID vertex, int subtask) {
        JobCheckpoints present = checkpoints;
        CheckpointStreamFactory streams =
                present == null ? new GivenUpStreams(checkpointId) : present.streams(checkpointId);
        return streams instanceof CheckpointWrite write ? local.streams(write, slot(vertex, subtask)) : streams;
    }

    @Override
    public int slot(JobVertexID vertex, int subtask) {
        JobSlots present = slots;
        return present == null ? subtask : present.slot(vertex, subtask);
    }

    @Override
    public @Nullable RestoredSubtask restored(JobVertexID vertex, int subtask) {
        From start = restored.get(new ExecutionVertexID(vertex, subtask));
        if (start == null) {
            return null;
        }
        RestoreAssignment from = start.assignment();
        if (from.finished(vertex)) {
            return new RestoredSubtask(from.checkpointId(), true, from.rescaled(vertex), Map.of());
        }
        return from.subtask(vertex, subtask)
                .map(states -> new RestoredSubtask(
                        from.checkpointId(), false, from.rescaled(vertex), localFirst(states, start.copies())))
                .orElse(null);
    }

    private static Map<OperatorID, OperatorSubtaskState> localFirst(
            Map<OperatorID, OperatorSubtaskState> states, LocalCopies.Index copies) {
        Map<OperatorID, OperatorSubtaskState> localFirst = new HashMap<>();
        states.forEach((operator, state) -> localFirst.put(operator, copies.localFirst(state)));
        return localFirst;
    }
}
