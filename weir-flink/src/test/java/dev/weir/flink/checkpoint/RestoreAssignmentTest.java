package dev.weir.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.checkpoint.manifest.Manifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.OperatorIDPair;
import org.apache.flink.runtime.checkpoint.FinishedOperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.FullyFinishedOperatorState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateAssignmentOperation;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.checkpoint.channel.InputChannelInfo;
import org.apache.flink.runtime.checkpoint.channel.ResultSubpartitionInfo;
import org.apache.flink.runtime.executiongraph.DefaultExecutionGraph;
import org.apache.flink.runtime.executiongraph.ExecutionJobVertex;
import org.apache.flink.runtime.executiongraph.TestingDefaultExecutionGraphBuilder;
import org.apache.flink.runtime.io.network.api.writer.SubtaskStateMapper;
import org.apache.flink.runtime.io.network.partition.ResultPartitionType;
import org.apache.flink.runtime.jobgraph.DistributionPattern;
import org.apache.flink.runtime.jobgraph.JobEdge;
import org.apache.flink.runtime.jobgraph.JobGraphTestUtils;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.InputChannelStateHandle;
import org.apache.flink.runtime.state.InputStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle.Mode;
import org.apache.flink.runtime.state.OutputStateHandle;
import org.apache.flink.runtime.state.ResultSubpartitionStateHandle;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.apache.flink.runtime.testtasks.NoOpInvokable;
import org.apache.flink.runtime.util.JobVertexConnectionUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deals states out beside Flink's own {@link StateAssignmentOperation}. */
class RestoreAssignmentTest {
    private static final int KEY_GROUPS = 16;

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private int names;

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    private static StoredCheckpoint checkpoint(Map<OperatorID, OperatorState> operators) {
        Path directory = new Path("/cp/chk-1");
        return new StoredCheckpoint(
                1,
                0,
                Manifest.Kind.CHECKPOINT,
                StoredCheckpoint.Format.WEIR,
                false,
                directory,
                new Path(directory, "_metadata"),
                0,
                operators,
                List.of(),
                List.of());
    }

    private static JobVertex vertex(String name, int parallelism, int maxParallelism, OperatorIDPair... operators) {
        JobVertex vertex = new JobVertex(name, new JobVertexID(), List.of(operators));
        vertex.setInvokableClass(NoOpInvokable.class);
        vertex.setParallelism(parallelism);
        vertex.setMaxParallelism(maxParallelism);
        return vertex;
    }

    private static RestoreAssignment.Task task(JobVertex vertex) {
        int max = vertex.getMaxParallelism() > 0 ? vertex.getMaxParallelism() : 128;
        return new RestoreAssignment.Task(vertex, vertex.getParallelism(), max);
    }

    private static OperatorIDPair operator(long id) {
        return OperatorIDPair.generatedIDOnly(new OperatorID(id, id));
    }

    private ByteStreamStateHandle bytes() {
        return new ByteStreamStateHandle("bytes-" + names++, new byte[64]);
    }

    private OperatorState state(OperatorID id, int parallelism, Random random, boolean first, boolean last) {
        OperatorState state = new OperatorState(null, null, id, parallelism, KEY_GROUPS);
        for (int subtask = 0; subtask < parallelism; subtask++) {
            if (random.nextInt(6) == 0) {
                continue;
            }
            OperatorSubtaskState.Builder builder = OperatorSubtaskState.builder();
            KeyGroupRange range =
                    KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(KEY_GROUPS, parallelism, subtask);
            builder.setManagedKeyedState(States.keyed(range, bytes()));
            if (random.nextBoolean()) {
                builder.setRawKeyedState(States.keyed(range, bytes()));
            }
            long[] offsets = LongStream.range(0, random.nextInt(5)).toArray();
            builder.setManagedOperatorState(
                    States.lists(bytes(), Map.of("split", Mode.SPLIT_DISTRIBUTE, "union", Mode.UNION), offsets));
            if (random.nextBoolean()) {
                builder.setRawOperatorState(States.lists(bytes(), Map.of("all", Mode.BROADCAST), offsets));
            }
            if (last) {
                builder.setInputChannelState(collection(new InputChannelStateHandle(
                        subtask, new InputChannelInfo(0, random.nextInt(3)), bytes(), List.of(0L), 4)));
            }
            if (first) {
                builder.setResultSubpartitionState(collection(new ResultSubpartitionStateHandle(
                        subtask, new ResultSubpartitionInfo(0, random.nextInt(3)), bytes(), List.of(0L), 4)));
            }
            state.putState(subtask, builder.build());
        }
        return state;
    }

    private static <T extends StateObject> StateObjectCollection<T> collection(T handle) {
        return StateObjectCollection.singleton(handle);
    }

    @Test
    void whoGetsWhatIsAsInFlink() throws Exception {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            OperatorIDPair[] operators = {operator(1), operator(2), operator(3), operator(4)};
            JobVertex source = vertex("source", 1 + random.nextInt(5), KEY_GROUPS, operators[0], operators[1]);
            JobVertex sink = vertex("sink", 1 + random.nextInt(5), KEY_GROUPS, operators[2], operators[3]);
            JobEdge edge = JobVertexConnectionUtils.connectNewDataSetAsInput(
                    sink, source, DistributionPattern.ALL_TO_ALL, ResultPartitionType.PIPELINED);
            SubtaskStateMapper[] mappers = {SubtaskStateMapper.RANGE, SubtaskStateMapper.ROUND_ROBIN};
            edge.setDownstreamSubtaskStateMapper(mappers[random.nextInt(2)]);
            edge.setUpstreamSubtaskStateMapper(mappers[random.nextInt(2)]);
            boolean inFlight = random.nextBoolean();
            int sourceBefore = 1 + random.nextInt(5);
            int sinkBefore = 1 + random.nextInt(5);
            Map<OperatorID, OperatorState> states = new LinkedHashMap<>();
            for (int i = 0; i < 4; i++) {
                OperatorID id = operators[i].getGeneratedOperatorID();
                states.put(
                        id,
                        state(id, i < 2 ? sourceBefore : sinkBefore, random, inFlight && i == 0, inFlight && i == 3));
            }

            RestoreAssignment ours = RestoreAssignment.of(checkpoint(states), List.of(task(source), task(sink)), false);

            DefaultExecutionGraph graph = TestingDefaultExecutionGraphBuilder.newBuilder()
                    .setJobGraph(JobGraphTestUtils.streamingJobGraph(source, sink))
                    .build(executor);
            new StateAssignmentOperation(
                            1, java.util.Set.copyOf(graph.getAllVertices().values()), states, false, false)
                    .assignStates();
            for (JobVertex vertex : List.of(source, sink)) {
                for (int subtask = 0; subtask < vertex.getParallelism(); subtask++) {
                    compare("seed " + seed, ours, graph.getJobVertex(vertex.getID()), subtask);
                }
            }
        }
    }

    private static void compare(String hint, RestoreAssignment ours, ExecutionJobVertex flinks, int subtask) {
        var restore =
                flinks.getTaskVertices()[subtask].getCurrentExecutionAttempt().getTaskRestore();
        var assigned = ours.subtask(flinks.getJobVertexId(), subtask);
        if (restore == null) {
            assertThat(assigned).as(hint).isEmpty();
            return;
        }
        // Flink hands out empty state too, where a neighbour has records in flight.
        OperatorSubtaskState nothing = OperatorSubtaskState.builder().build();
        for (OperatorIDPair operator : flinks.getOperatorIDs()) {
            OperatorID id = operator.getGeneratedOperatorID();
            OperatorSubtaskState expected = restore.getTaskStateSnapshot().getSubtaskStateByOperatorID(id);
            OperatorSubtaskState actual =
                    assigned.map(operators -> operators.get(id)).orElse(nothing);
            assertThat(List.<KeyedStateHandle>copyOf(actual.getManagedKeyedState()))
                    .as(hint)
                    .isEqualTo(List.copyOf(expected.getManagedKeyedState()));
            assertThat(List.<KeyedStateHandle>copyOf(actual.getRawKeyedState()))
                    .as(hint)
                    .isEqualTo(List.copyOf(expected.getRawKeyedState()));
            assertThat(List.<OperatorStateHandle>copyOf(actual.getManagedOperatorState()))
                    .as(hint)
                    .containsExactlyInAnyOrderElementsOf(expected.getManagedOperatorState());
            assertThat(List.<OperatorStateHandle>copyOf(actual.getRawOperatorState()))
                    .as(hint)
                    .containsExactlyInAnyOrderElementsOf(expected.getRawOperatorState());
            assertThat(List.<InputStateHandle>copyOf(actual.getInputChannelState()))
                    .as(hint)
                    .isEqualTo(List.copyOf(expected.getInputChannelState()));
            assertThat(List.<OutputStateHandle>copyOf(actual.getResultSubpartitionState()))
                    .as(hint)
                    .isEqualTo(List.copyOf(expected.getResultSubpartitionState()));
        }
    }

    @Test
    void everyKeyGroupHasOneOwner() {
        OperatorID id = new OperatorID(1, 1);
        for (int before = 1; before <= 7; before++) {
            for (int after = 1; after <= 7; after++) {
                OperatorState state = new OperatorState(null, null, id, before, KEY_GROUPS);
                for (int subtask = 0; subtask < before; subtask++) {
                    KeyGroupRange range =
                            KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(KEY_GROUPS, before, subtask);
                    state.putState(
                            subtask,
                            OperatorSubtaskState.builder()
                                    .setManagedKeyedState(States.keyed(range, bytes()))
                                    .build());
                }
                JobVertex vertex = vertex("v", after, KEY_GROUPS, operator(1));
                RestoreAssignment assignment =
                        RestoreAssignment.of(checkpoint(Map.of(id, state)), List.of(task(vertex)), false);

                List<Integer> groups = IntStream.range(0, after)
                        .boxed()
                        .flatMap(subtask ->
                                assignment
                                        .subtask(vertex.getID(), subtask)
                                        .orElseThrow()
                                        .get(id)
                                        .getManagedKeyedState()
                                        .stream())
                        .flatMap(handle -> IntStream.rangeClosed(
                                        handle.getKeyGroupRange().getStartKeyGroup(),
                                        handle.getKeyGroupRange().getEndKeyGroup())
                                .boxed())
                        .toList();
                assertThat(groups)
                        .containsExactlyElementsOf(
                                IntStream.range(0, KEY_GROUPS).boxed().toList());
            }
        }
    }

    @Test
    void anOperatorIsFoundByItsUidFirst() {
        OperatorID byUid = new OperatorID(7, 7);
        OperatorID generated = new OperatorID(8, 8);
        JobVertex vertex = vertex("v", 1, KEY_GROUPS, OperatorIDPair.of(generated, byUid, "name", "uid"));
        OperatorState state = keyedOnly(byUid, KEY_GROUPS);
        state.setCoordinatorState(new ByteStreamStateHandle("c", new byte[] {5}));

        RestoreAssignment assignment =
                RestoreAssignment.of(checkpoint(Map.of(byUid, state)), List.of(task(vertex)), false);

        assertThat(assignment.subtask(vertex.getID(), 0).orElseThrow()).containsOnlyKeys(generated);
        assertThat(assignment.coordinators()).containsOnlyKeys(generated);
        assertThat(assignment.coordinators().get(generated)).containsExactly(5);
    }

    private OperatorState keyedOnly(OperatorID id, int maxParallelism) {
        OperatorState state = new OperatorState(null, null, id, 1, maxParallelism);
        state.putState(
                0,
                OperatorSubtaskState.builder()
                        .setManagedKeyedState(States.keyed(KeyGroupRange.of(0, maxParallelism - 1), bytes()))
                        .build());
        return state;
    }

    @Test
    void stateOfAnOperatorThatIsGoneIsRefusedOrPassedOver() {
        OperatorID gone = new OperatorID(9, 9);
        StoredCheckpoint checkpoint = checkpoint(Map.of(gone, keyedOnly(gone, KEY_GROUPS)));
        JobVertex vertex = vertex("v", 1, KEY_GROUPS, operator(1));

        assertThatThrownBy(() -> RestoreAssignment.of(checkpoint, List.of(task(vertex)), false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "Failed to rollback to checkpoint/savepoint /cp/chk-1. Cannot map checkpoint/savepoint state"
                                + " for operator " + gone
                                + " to the new program, because the operator is not available in the"
                                + " new program. If you want to allow to skip this, you can set the --allowNonRestoredState"
                                + " option on the CLI.");
        assertThat(RestoreAssignment.of(checkpoint, List.of(task(vertex)), true).subtask(vertex.getID(), 0))
                .isEmpty();
        OperatorState empty = new OperatorState(null, null, gone, 1, KEY_GROUPS);
        RestoreAssignment.of(checkpoint(Map.of(gone, empty)), List.of(task(vertex)), false);
    }

    @Test
    void theCheckpointsKeyGroupsCountUnlessTheUserSaidOtherwise() {
        OperatorID id = new OperatorID(1, 1);
        StoredCheckpoint checkpoint = checkpoint(Map.of(id, keyedOnly(id, 8)));
        JobVertex free = vertex("v", 2, JobVertex.MAX_PARALLELISM_DEFAULT, operator(1));
        assertThat(RestoreAssignment.of(checkpoint, List.of(task(free)), false).maxParallelism(free.getID()))
                .isEqualTo(8);

        JobVertex set = vertex("v", 2, 16, operator(1));
        assertThatThrownBy(() -> RestoreAssignment.of(checkpoint, List.of(task(set)), false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Max parallelism mismatch between checkpoint/savepoint state and new program."
                        + " Cannot map operator " + id + " with max parallelism 8 to new program with max parallelism"
                        + " 16.");
        JobVertex wide = vertex("v", 9, JobVertex.MAX_PARALLELISM_DEFAULT, operator(1));
        assertThatThrownBy(() -> RestoreAssignment.of(checkpoint, List.of(task(wide)), false))
                .hasMessage("The state for task " + wide.getID()
                        + " can not be restored. The maximum parallelism (8) of the restored state is lower than the"
                        + " configured parallelism (9). Please reduce the parallelism of the task to be lower or equal"
                        + " to the maximum parallelism.");
    }

    @Test
    void whatHadFinishedStaysFinished() {
        OperatorID first = new OperatorID(1, 1);
        OperatorID second = new OperatorID(2, 2);
        JobVertex source = vertex("source", 2, KEY_GROUPS, operator(1));
        JobVertex sink = vertex("sink", 2, KEY_GROUPS, operator(2));
        JobVertexConnectionUtils.connectNewDataSetAsInput(
                sink, source, DistributionPattern.ALL_TO_ALL, ResultPartitionType.PIPELINED);
        List<RestoreAssignment.Task> tasks = List.of(task(source), task(sink));
        Map<OperatorID, OperatorState> states = new HashMap<>();
        states.put(first, new FullyFinishedOperatorState(null, null, first, 2, KEY_GROUPS));

        RestoreAssignment assignment = RestoreAssignment.of(checkpoint(states), tasks, false);
        assertThat(assignment.finished(source.getID())).isTrue();
        assertThat(assignment.finished(sink.getID())).isFalse();

        states.put(first, keyedOnly(first, KEY_GROUPS));
        states.put(second, new FullyFinishedOperatorState(null, null, second, 2, KEY_GROUPS));
        assertThatThrownBy(() -> RestoreAssignment.of(checkpoint(states), tasks, false))
                .hasMessageContaining("Illegal JobGraph modification. Cannot run a program with fully finished vertices"
                        + " predeceased with the ones not fully finished. Task vertex sink(");
        OperatorState half = new OperatorState(null, null, second, 2, KEY_GROUPS);
        half.putState(0, FinishedOperatorSubtaskState.INSTANCE);
        states.put(second, half);
        assertThatThrownBy(() -> RestoreAssignment.of(checkpoint(states), tasks, false))
                .hasMessageContaining("connected via the ALL_TO_ALL edges. Task vertex sink(")
                .hasMessageEndingWith("has a all running predecessor");
    }

    @Test
    void recordsInFlightInsideAChainAreRefused() {
        OperatorID inner = new OperatorID(2, 2);
        OperatorState state = new OperatorState(null, null, inner, 1, KEY_GROUPS);
        state.putState(
                0,
                OperatorSubtaskState.builder()
                        .setInputChannelState(collection(new InputChannelStateHandle(
                                0, new InputChannelInfo(0, 0), bytes(), new ArrayList<>(List.of(0L)), 4)))
                        .build());
        JobVertex chained = vertex("chained", 1, KEY_GROUPS, operator(1), operator(2), operator(3));

        assertThatThrownBy(() -> RestoreAssignment.of(checkpoint(Map.of(inner, state)), List.of(task(chained)), false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Cannot recover from unaligned checkpoint when topology changes")
                .hasMessageContaining("The following operators contain channel state: [" + inner + "]");
    }
}
