package dev.weir.flink.checkpoint;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.apache.flink.runtime.OperatorIDPair;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.RoundRobinOperatorStateRepartitioner;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StateObject;

/** What one vertex gets of a checkpoint: its operators' states, found by uid or generated id, dealt out to subtasks. */
final class RestoredTask {
    private final JobVertex vertex;
    private final int parallelism;
    private int maxParallelism;
    /** By the generated id of the operator in the program. */
    private final Map<OperatorID, OperatorState> states = new LinkedHashMap<>();

    private final List<Map<OperatorID, OperatorSubtaskState>> subtasks = new ArrayList<>();

    RestoredTask(RestoreAssignment.Task task) {
        this.vertex = task.vertex();
        this.parallelism = task.parallelism();
        this.maxParallelism = task.maxParallelism();
    }

    JobVertex vertex() {
        return vertex;
    }

    int maxParallelism() {
        return maxParallelism;
    }

    Map<OperatorID, OperatorState> states() {
        return states;
    }

    /** Whether the checkpoint's number of key groups can be this vertex's: the same, or the user did not say. */
    boolean accepts(OperatorState state) {
        return state.getMaxParallelism() == maxParallelism
                || vertex.getMaxParallelism() == JobVertex.MAX_PARALLELISM_DEFAULT;
    }

    /** The id by what the user called an operator. */
    static Optional<OperatorID> byUid(OperatorIDPair operator) {
        // Flink says that this may be null, and never lets it be.
        return Objects.requireNonNull(operator.getUserDefinedOperatorID());
    }

    /** Takes the states of this vertex's operators. A state is one operator's only. */
    void take(Map<OperatorID, OperatorState> unassigned) {
        for (OperatorIDPair operator : vertex.getOperatorIDs()) {
            Optional<OperatorID> byUid = byUid(operator);
            OperatorID id = byUid.isPresent() && unassigned.containsKey(byUid.get())
                    ? byUid.get()
                    : operator.getGeneratedOperatorID();
            OperatorState state = unassigned.remove(id);
            if (state != null) {
                states.put(operator.getGeneratedOperatorID(), state);
            }
        }
    }

    /** Whether the checkpoint is of another number of subtasks. */
    boolean rescaled() {
        return states.values().stream().anyMatch(state -> state.getParallelism() != parallelism);
    }

    /** Whether all its subtasks had finished. */
    boolean finished() {
        return states.values().stream().anyMatch(OperatorState::isFullyFinished);
    }

    /** Each operator's state for a subtask; empty where the checkpoint has none for this vertex. */
    Optional<Map<OperatorID, OperatorSubtaskState>> subtask(int index) {
        return subtasks.isEmpty() ? Optional.empty() : Optional.of(subtasks.get(index));
    }

    /** Deals the states out. */
    void assign() {
        if (finished() || states.values().stream().allMatch(state -> state.getNumberCollectedStates() == 0)) {
            return;
        }
        states.values().forEach(this::adoptMaxParallelism);
        for (int index = 0; index < parallelism; index++) {
            subtasks.add(new HashMap<>());
        }
        for (OperatorIDPair operator : vertex.getOperatorIDs()) {
            OperatorID id = operator.getGeneratedOperatorID();
            OperatorState state = states.get(id);
            for (int index = 0; state == null && index < parallelism; index++) {
                subtasks.get(index).put(id, OperatorSubtaskState.builder().build());
            }
            if (state != null) {
                assign(id, state);
            }
        }
    }

    private void adoptMaxParallelism(OperatorState state) {
        if (state.getMaxParallelism() < parallelism) {
            throw new IllegalStateException("The state for task " + vertex.getID()
                    + " can not be restored. The maximum parallelism (" + state.getMaxParallelism()
                    + ") of the restored state is lower than the configured parallelism (" + parallelism
                    + "). Please reduce the parallelism of the task to be lower or equal to the maximum parallelism.");
        }
        if (!accepts(state)) {
            throw new IllegalStateException("The maximum parallelism (" + state.getMaxParallelism()
                    + ") with which the latest checkpoint of the execution job vertex " + vertex.getName() + " ("
                    + vertex.getID() + ") has been taken and the current maximum parallelism (" + maxParallelism
                    + ") changed. This is currently not supported.");
        }
        maxParallelism = state.getMaxParallelism();
    }

    private void assign(OperatorID id, OperatorState state) {
        List<List<OperatorStateHandle>> managed = lists(state, OperatorSubtaskState::getManagedOperatorState);
        List<List<OperatorStateHandle>> raw = lists(state, OperatorSubtaskState::getRawOperatorState);
        InFlight inFlight = new InFlight(vertex, state, parallelism);
        for (int index = 0; index < parallelism; index++) {
            int subtask = index;
            OperatorSubtaskState assigned = OperatorSubtaskState.builder()
                    .setManagedOperatorState(collection(managed.get(index)))
                    .setRawOperatorState(collection(raw.get(index)))
                    .setManagedKeyedState(collection(keyed(state, subtask, OperatorSubtaskState::getManagedKeyedState)))
                    .setRawKeyedState(collection(keyed(state, subtask, OperatorSubtaskState::getRawKeyedState)))
                    .setInputChannelState(collection(inFlight.inputs(subtask)))
                    .setResultSubpartitionState(collection(inFlight.outputs(subtask)))
                    .build();
            subtasks.get(index).put(id, assigned);
        }
    }

    private List<List<OperatorStateHandle>> lists(
            OperatorState state, Function<OperatorSubtaskState, StateObjectCollection<OperatorStateHandle>> kind) {
        return RoundRobinOperatorStateRepartitioner.INSTANCE.repartitionState(
                bySubtask(state, kind), state.getParallelism(), parallelism);
    }

    private List<KeyedStateHandle> keyed(
            OperatorState state,
            int subtask,
            Function<OperatorSubtaskState, StateObjectCollection<KeyedStateHandle>> kind) {
        List<List<KeyedStateHandle>> before = bySubtask(state, kind);
        if (state.getParallelism() == parallelism) {
            return before.get(subtask);
        }
        KeyGroupRange range =
                KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(maxParallelism, parallelism, subtask);
        List<KeyedStateHandle> cut = new ArrayList<>();
        for (List<KeyedStateHandle> handles : before) {
            for (KeyedStateHandle handle : handles) {
                KeyedStateHandle part = handle.getIntersection(range);
                if (part != null) {
                    cut.add(part);
                }
            }
        }
        return cut;
    }

    static <T extends StateObject> List<List<T>> bySubtask(
            OperatorState state, Function<OperatorSubtaskState, ? extends Collection<T>> kind) {
        List<List<T>> all = new ArrayList<>();
        for (int index = 0; index < state.getParallelism(); index++) {
            OperatorSubtaskState subtask = state.getState(index);
            all.add(subtask == null ? List.of() : List.copyOf(kind.apply(subtask)));
        }
        return all;
    }

    private static <T extends StateObject> StateObjectCollection<T> collection(List<T> handles) {
        return handles.isEmpty() ? StateObjectCollection.empty() : new StateObjectCollection<>(handles);
    }
}
