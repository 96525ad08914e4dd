package dev.weir.flink.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.io.network.api.writer.SubtaskStateMapper;
import org.apache.flink.runtime.jobgraph.IntermediateDataSet;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.state.ChannelStateHelper;
import org.apache.flink.runtime.state.InputChannelStateHandle;
import org.apache.flink.runtime.state.InputStateHandle;
import org.apache.flink.runtime.state.OutputStateHandle;
import org.apache.flink.runtime.state.ResultSubpartitionStateHandle;
import org.apache.flink.runtime.state.StateObject;

/**
 * Deals out the records of one operator that were in flight. At the same parallelism a subtask gets those of its own
 * channels. At another one it gets those that may be its own by the edge's partitioner, as {@link SubtaskStateMapper}
 * says; they may go to several subtasks, of which each has to take its own. Handles keep the subtask and channel that they
 * were written for.
 */
final class InFlight {
    private final JobVertex vertex;
    private final OperatorState state;
    private final int parallelism;
    private final List<List<InputChannelStateHandle>> inputs;
    private final List<List<ResultSubpartitionStateHandle>> outputs;

    InFlight(JobVertex vertex, OperatorState state, int parallelism) {
        this.vertex = vertex;
        this.state = state;
        this.parallelism = parallelism;
        this.inputs = RestoredTask.bySubtask(state, ChannelStateHelper::extractUnmergedInputHandles);
        this.outputs = RestoredTask.bySubtask(state, ChannelStateHelper::extractUnmergedOutputHandles);
    }

    static boolean isIn(OperatorSubtaskState subtask, boolean input) {
        return input
                ? ChannelStateHelper.extractUnmergedInputHandles(subtask).stream()
                        .anyMatch(handle -> !handle.getOffsets().isEmpty())
                : ChannelStateHelper.extractUnmergedOutputHandles(subtask).stream()
                        .anyMatch(handle -> !handle.getOffsets().isEmpty());
    }

    List<InputStateHandle> inputs(int subtask) {
        return List.copyOf(of(subtask, inputs, handle -> handle.getInfo().getGateIdx(), gate -> vertex.getInputs()
                .get(gate)
                .getDownstreamSubtaskStateMapper()));
    }

    List<OutputStateHandle> outputs(int subtask) {
        return List.copyOf(of(subtask, outputs, handle -> handle.getInfo().getPartitionIdx(), this::upstreamMapper));
    }

    private SubtaskStateMapper upstreamMapper(int result) {
        IntermediateDataSet dataSet = vertex.getProducedDataSets().get(result);
        return dataSet.getConsumers().get(0).getUpstreamSubtaskStateMapper();
    }

    private <T extends StateObject> List<T> of(
            int subtask,
            List<List<T>> before,
            ToIntFunction<T> edgeOf,
            Function<Integer, SubtaskStateMapper> mapperOf) {
        if (state.getParallelism() == parallelism || before.stream().allMatch(List::isEmpty)) {
            return parallelism == state.getParallelism() ? before.get(subtask) : List.of();
        }
        List<T> assigned = new ArrayList<>();
        List<Integer> edges = before.stream()
                .flatMap(List::stream)
                .map(edgeOf::applyAsInt)
                .distinct()
                .sorted()
                .toList();
        for (int edge : edges) {
            int[] old = mapperOf.apply(edge).getOldSubtasks(subtask, state.getParallelism(), parallelism);
            for (int from : old) {
                before.get(from).stream()
                        .filter(handle -> edgeOf.applyAsInt(handle) == edge)
                        .forEach(assigned::add);
            }
        }
        return assigned;
    }
}
