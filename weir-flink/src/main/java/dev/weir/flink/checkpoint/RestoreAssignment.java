package dev.weir.flink.checkpoint;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.runtime.OperatorIDPair;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who gets what of a checkpoint: operators are found again by the hash of their uid or by their generated id, key groups and
 * operator state are dealt out to the subtasks that there are now. The rules and messages are Flink's. Immutable.
 */
public final class RestoreAssignment {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreAssignment.class);

    private final long checkpointId;
    private final Map<JobVertexID, RestoredTask> tasks = new LinkedHashMap<>();

    /**
     * A vertex that is about to run.
     *
     * @param vertex of the job graph
     * @param parallelism the number of its subtasks
     * @param maxParallelism the number of its key groups if it had nothing to restore
     */
    public record Task(JobVertex vertex, int parallelism, int maxParallelism) {}

    private RestoreAssignment(long checkpointId) {
        this.checkpointId = checkpointId;
    }

    /**
     * Assigns a checkpoint's state to the vertices of a job.
     *
     * @param allowNonRestoredState whether state of operators that the job has no more is passed over
     * @throws IllegalStateException if state cannot be restored, with Flink's message
     */
    public static RestoreAssignment of(
            StoredCheckpoint checkpoint, Collection<Task> tasks, boolean allowNonRestoredState) {
        RestoreAssignment assignment = new RestoreAssignment(checkpoint.id());
        tasks.forEach(task -> assignment.tasks.put(task.vertex().getID(), new RestoredTask(task)));
        Map<OperatorID, OperatorState> restorable =
                new HashMap<>(assignment.restorable(checkpoint, allowNonRestoredState));
        assignment.tasks.values().forEach(task -> task.take(restorable));
        FinishedChecks.check(assignment.tasks.values());
        assignment.tasks.values().forEach(RestoreAssignment::refuseMovedInFlightData);
        assignment.tasks.values().forEach(RestoredTask::assign);
        return assignment;
    }

    private Map<OperatorID, OperatorState> restorable(StoredCheckpoint checkpoint, boolean allowNonRestoredState) {
        Map<OperatorID, RestoredTask> byOperator = new HashMap<>();
        for (RestoredTask task : tasks.values()) {
            for (OperatorIDPair operator : task.vertex().getOperatorIDs()) {
                byOperator.put(operator.getGeneratedOperatorID(), task);
                RestoredTask.byUid(operator).ifPresent(id -> byOperator.put(id, task));
            }
        }
        Map<OperatorID, OperatorState> restorable = new LinkedHashMap<>();
        checkpoint.operators().forEach((id, state) -> {
            RestoredTask task = byOperator.get(id);
            if (task != null) {
                requireKeyGroups(checkpoint, task, state);
                restorable.put(id, state);
            } else if (allowNonRestoredState) {
                LOG.info("Skipping savepoint state for operator {}.", id);
            } else if (hasState(state)) {
                throw new IllegalStateException("Failed to rollback to checkpoint/savepoint " + checkpoint.pointer()
                        + ". Cannot map checkpoint/savepoint state for operator " + id
                        + " to the new program, because the operator is not available in the new program. If you want"
                        + " to allow to skip this, you can set the --allowNonRestoredState option on the CLI.");
            } else {
                LOG.info("Skipping empty savepoint state for operator {}.", id);
            }
        });
        return restorable;
    }

    private static void requireKeyGroups(StoredCheckpoint checkpoint, RestoredTask task, OperatorState state) {
        if (!task.accepts(state)) {
            throw new IllegalStateException("Failed to rollback to checkpoint/savepoint " + checkpoint.pointer()
                    + ". Max parallelism mismatch between checkpoint/savepoint state and new program. Cannot map"
                    + " operator " + state.getOperatorID() + " with max parallelism " + state.getMaxParallelism()
                    + " to new program with max parallelism " + task.maxParallelism()
                    + ". This indicates that the program has been changed in a non-compatible way after the"
                    + " checkpoint/savepoint.");
        }
    }

    private static boolean hasState(OperatorState state) {
        return state.getCoordinatorState() != null
                || state.getStates().stream().anyMatch(OperatorSubtaskState::hasState);
    }

    /** Records in flight belong to the first and last operator of a chain, unless the chains are others now. */
    private static void refuseMovedInFlightData(RestoredTask task) {
        List<OperatorIDPair> operators = task.vertex().getOperatorIDs();
        OperatorID output = operators.get(0).getGeneratedOperatorID();
        OperatorID input = operators.get(operators.size() - 1).getGeneratedOperatorID();
        List<OperatorID> moved = new ArrayList<>();
        task.states().forEach((id, state) -> {
            for (OperatorSubtaskState subtask : state.getStates()) {
                boolean inside = (!id.equals(input) && InFlight.isIn(subtask, true))
                        || (!id.equals(output) && InFlight.isIn(subtask, false));
                if (inside && !moved.contains(id)) {
                    moved.add(id);
                }
            }
        });
        if (!moved.isEmpty()) {
            throw new IllegalStateException("Cannot recover from unaligned checkpoint when topology changes, such that"
                    + " data exchanges with persisted data are now chained.\nThe following operators contain channel"
                    + " state: " + moved);
        }
    }

    /** The checkpoint's number. */
    public long checkpointId() {
        return checkpointId;
    }

    /**
     * The state of each operator of a subtask, by the operator's generated id.
     *
     * @return empty if there is nothing to restore for the vertex
     */
    public Optional<Map<OperatorID, OperatorSubtaskState>> subtask(JobVertexID vertex, int index) {
        return task(vertex).subtask(index);
    }

    /** Whether all subtasks of a vertex had finished; they are not to process anything again. */
    public boolean finished(JobVertexID vertex) {
        return task(vertex).finished();
    }

    /** Whether a vertex had another number of subtasks. */
    public boolean rescaled(JobVertexID vertex) {
        return task(vertex).rescaled();
    }

    /** The number of key groups of a vertex: the checkpoint's, where it has state and the user did not say otherwise. */
    public int maxParallelism(JobVertexID vertex) {
        return task(vertex).maxParallelism();
    }

    /** The states of coordinators, by their operator's generated id; those without state are left out. */
    public Map<OperatorID, byte[]> coordinators() {
        Map<OperatorID, byte[]> coordinators = new LinkedHashMap<>();
        for (RestoredTask task : tasks.values()) {
            task.states().forEach((id, state) -> {
                if (state.getCoordinatorState() != null) {
                    coordinators.put(id, state.getCoordinatorState().getData());
                }
            });
        }
        return coordinators;
    }

    private RestoredTask task(JobVertexID vertex) {
        RestoredTask task = tasks.get(vertex);
        if (task == null) {
            throw new IllegalArgumentException("vertex " + vertex + " is not one of those that were assigned to");
        }
        return task;
    }
}
