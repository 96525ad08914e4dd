package dev.weir.flink.session;

import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.flink.host.ChainSnapshot;
import dev.weir.flink.plan.JobTranslation;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.runtime.OperatorIDPair;
import org.apache.flink.runtime.checkpoint.FinishedOperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.FullyFinishedOperatorState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.TaskStateSnapshot;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.apache.flink.util.FlinkException;
import org.jspecify.annotations.Nullable;

/** The snapshots of a job's subtasks put together by operator, as Flink keeps them. Stateless. */
final class StateAssembly {

    private StateAssembly() {}

    /** Part of a vertex has finished, and its state forbids that: the others would restore less than all of it. */
    static final class PartlyFinishedException extends FlinkException {
        private static final long serialVersionUID = 1L;

        PartlyFinishedException(String message) {
            super(message);
        }
    }

    /**
     * The state of every operator that has any.
     *
     * @param finished subtasks that had ended before the checkpoint began
     * @throws PartlyFinishedException where a vertex with union list state has finished in part
     */
    static Map<OperatorID, OperatorState> assemble(
            JobTranslation job,
            Map<Subtask, SubtaskSnapshot> snapshots,
            Set<Subtask> finished,
            Map<OperatorID, byte[]> coordinators)
            throws PartlyFinishedException {
        Map<OperatorID, OperatorState> operators = new LinkedHashMap<>();
        List<JobVertex> vertices = job.vertices();
        for (int position = 0; position < vertices.size(); position++) {
            JobVertex vertex = vertices.get(position);
            int parallelism = job.parallelism(vertex);
            Map<Integer, TaskStateSnapshot> taken = new HashMap<>();
            int ended = 0;
            int operatorsFinished = 0;
            for (int index = 0; index < parallelism; index++) {
                Subtask subtask = new Subtask(position, index);
                TaskStateSnapshot state = finished.contains(subtask) ? null : state(snapshots.get(subtask));
                if (state == null || state.isTaskDeployedAsFinished()) {
                    ended++;
                } else {
                    taken.put(index, state);
                    operatorsFinished += state.isTaskFinished() ? 1 : 0;
                }
            }
            add(operators, job, vertex, taken, ended, coordinators);
            if (ended < parallelism) {
                boolean partly = ended > 0 || (operatorsFinished > 0 && operatorsFinished < parallelism);
                checkUnions(operators, vertex, partly);
            }
        }
        return operators;
    }

    private static TaskStateSnapshot state(@Nullable SubtaskSnapshot snapshot) {
        if (!(snapshot instanceof ChainSnapshot chain)) {
            throw new IllegalStateException("a subtask has acknowledged with " + snapshot);
        }
        return chain.state();
    }

    private static void add(
            Map<OperatorID, OperatorState> operators,
            JobTranslation job,
            JobVertex vertex,
            Map<Integer, TaskStateSnapshot> taken,
            int ended,
            Map<OperatorID, byte[]> coordinators) {
        int parallelism = job.parallelism(vertex);
        int maxParallelism = job.maxParallelism(vertex);
        for (OperatorIDPair pair : vertex.getOperatorIDs()) {
            OperatorID id = pair.getGeneratedOperatorID();
            byte[] coordinator = coordinators.get(id);
            if (ended == parallelism) {
                operators.put(
                        id,
                        new FullyFinishedOperatorState(
                                pair.getUserDefinedOperatorName(),
                                pair.getUserDefinedOperatorUid(),
                                id,
                                parallelism,
                                maxParallelism));
                continue;
            }
            OperatorState state = new OperatorState(
                    pair.getUserDefinedOperatorName(),
                    pair.getUserDefinedOperatorUid(),
                    id,
                    parallelism,
                    maxParallelism);
            boolean any = coordinator != null || ended > 0;
            for (int index = 0; index < parallelism; index++) {
                TaskStateSnapshot snapshot = taken.get(index);
                if (snapshot == null) {
                    state.putState(index, FinishedOperatorSubtaskState.INSTANCE);
                    continue;
                }
                // a subtask without any state says nothing, so that stateless operators may change without an id
                OperatorSubtaskState own = snapshot.hasState() ? snapshot.getSubtaskStateByOperatorID(id) : null;
                if (own != null) {
                    any = true;
                    state.putState(index, own);
                }
            }
            if (any) {
                if (coordinator != null) {
                    state.setCoordinatorState(new ByteStreamStateHandle("coordinator-of-" + id, coordinator));
                }
                operators.put(id, state);
            }
        }
    }

    private static void checkUnions(Map<OperatorID, OperatorState> operators, JobVertex vertex, boolean partly)
            throws PartlyFinishedException {
        if (!partly) {
            return;
        }
        for (OperatorIDPair pair : vertex.getOperatorIDs()) {
            OperatorState state = operators.get(pair.getGeneratedOperatorID());
            if (state != null && state.getStates().stream().anyMatch(StateAssembly::hasUnion)) {
                throw new PartlyFinishedException("The vertex " + vertex.getName() + " (id = " + vertex.getID()
                        + ") has used UnionListState, but part of its tasks are FINISHED.");
            }
        }
    }

    private static boolean hasUnion(OperatorSubtaskState state) {
        return state.getManagedOperatorState().stream()
                .flatMap(handle -> handle.getStateNameToPartitionOffsets().values().stream())
                .anyMatch(meta -> meta.getDistributionMode() == OperatorStateHandle.Mode.UNION);
    }
}
