package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.state.Snapshots.Format;
import dev.weir.flink.state.snapshot.PartedKeyedState;
import dev.weir.flink.state.snapshot.StateSize;
import dev.weir.flink.state.snapshot.StateSizes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle.StateMetaInfo;
import org.apache.flink.runtime.state.OperatorStreamStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is counted in snapshots of every kind and store, Flink's and ours, is what was put there. */
final class StateSizesTest {
    private static final int KEYS = 200;
    private static final int MAPS = 20;
    private static final int TIMERS = 30;

    @TempDir
    private Path directory;

    private final List<AbstractKeyedStateBackend<String>> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(AbstractKeyedStateBackend::dispose);
    }

    private List<AbstractKeyedStateBackend<String>> subtasks(boolean ours, boolean rocksDb, int timers, boolean files)
            throws Exception {
        BackendPair.Shape<String> shape = new BackendPair.Shape<>(
                        StringSerializer.INSTANCE,
                        WorkingSubtasks.KEY_GROUPS,
                        rocksDb ? directory.resolve("databases") : null)
                .timers(timers);
        for (int i = 0; i < 2; i++) {
            open.add(
                    ours
                            ? shape.ours(WorkingSubtasks.range(2, i), List.of(), files)
                            : shape.flinks(WorkingSubtasks.range(2, i), List.of()));
        }
        return open;
    }

    private AbstractKeyedStateBackend<String> of(String key) {
        AbstractKeyedStateBackend<String> backend = open.get(
                KeyGroupRangeAssignment.assignKeyToParallelOperator(key, WorkingSubtasks.KEY_GROUPS, open.size()));
        backend.setCurrentKey(key);
        return backend;
    }

    private ValueState<String> value(String key) throws Exception {
        return of(key).getPartitionedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new ValueStateDescriptor<>("value", StringSerializer.INSTANCE));
    }

    private MapState<Integer, String> map(String key) throws Exception {
        return of(key).getPartitionedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new MapStateDescriptor<>("map", IntSerializer.INSTANCE, StringSerializer.INSTANCE));
    }

    /** Values of 0 to 199 letters, maps of 1 to 20 entries, timers. */
    private void fill() throws Exception {
        for (int i = 0; i < KEYS; i++) {
            value("key-" + i).update("v".repeat(i));
        }
        for (int i = 0; i < MAPS; i++) {
            for (int j = 0; j <= i; j++) {
                map("key-" + i).put(j, "element");
            }
        }
        for (int i = 0; i < TIMERS; i++) {
            String key = "key-" + i;
            of(key).create(
                            "_timer_state/event_timers",
                            new TimerSerializer<>(StringSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE),
                            true)
                    .add(new TimerHeapInternalTimer<>(i, key, VoidNamespace.INSTANCE));
        }
    }

    private static OperatorState operator(List<List<KeyedStateHandle>> bySubtask) {
        OperatorState operator =
                new OperatorState("count", "uid", new OperatorID(1, 2), bySubtask.size(), WorkingSubtasks.KEY_GROUPS);
        for (int i = 0; i < bySubtask.size(); i++) {
            operator.putState(
                    i,
                    OperatorSubtaskState.builder()
                            .setManagedKeyedState(new StateObjectCollection<>(bySubtask.get(i)))
                            .build());
        }
        return operator;
    }

    private Map<String, StateSize> counted(OperatorState operator) throws Exception {
        return StateSizes.of(operator, getClass().getClassLoader(), directory.resolve("scratch"), 2).stream()
                .collect(Collectors.toMap(StateSize::name, Function.identity()));
    }

    private static void requireFilled(Map<String, StateSize> sizes) {
        assertThat(sizes).containsOnlyKeys("value", "map", "_timer_state/event_timers");
        StateSize value = sizes.get("value");
        long letters = KEYS * (KEYS - 1L) / 2;
        assertThat(value.kind()).isEqualTo("value");
        assertThat(value.keys()).isEqualTo(KEYS);
        assertThat(value.entries()).isEqualTo(KEYS);
        assertThat(value.bytes()).isBetween(letters + 6 * KEYS, letters + 16 * KEYS);
        assertThat(value.largest()).extracting(StateSize.OfKey::key).containsExactly("key-199", "key-198");
        assertThat(value.largest().get(0).bytes()).isBetween(199L + 6, 199L + 16);
        StateSize map = sizes.get("map");
        assertThat(map.kind()).isEqualTo("map");
        assertThat(map.keys()).isEqualTo(MAPS);
        assertThat(map.entries()).isEqualTo(MAPS * (MAPS + 1) / 2);
        assertThat(map.largest()).extracting(StateSize.OfKey::key).containsExactly("key-19", "key-18");
        assertThat(map.largest()).extracting(StateSize.OfKey::entries).containsExactly(20L, 19L);
        StateSize timers = sizes.get("_timer_state/event_timers");
        assertThat(timers.kind()).isEqualTo("timers");
        assertThat(timers.entries()).isEqualTo(TIMERS);
        assertThat(timers.bytes()).isBetween(14L * TIMERS, 20L * TIMERS);
    }

    @ParameterizedTest
    @CsvSource({
        "true, false, 0, CHECKPOINT",
        "true, false, 0, CANONICAL",
        "true, true, 0, CANONICAL",
        "true, true, 8, CANONICAL",
        "false, false, 0, CHECKPOINT",
        "false, false, 0, CANONICAL",
        "false, true, 0, CANONICAL",
        "false, true, 8, CANONICAL",
        "false, true, 8, CHECKPOINT"
    })
    void snapshots(boolean ours, boolean rocksDb, int timers, Format format) throws Exception {
        subtasks(ours, rocksDb, timers, false);
        fill();
        List<List<KeyedStateHandle>> taken = new ArrayList<>();
        for (AbstractKeyedStateBackend<String> backend : open) {
            var future = Snapshots.take(backend, format);
            future.run();
            taken.add(List.of(future.get().getJobManagerOwnedSnapshot()));
        }
        requireFilled(counted(operator(taken)));
    }

    private List<List<KeyedStateHandle>> increment(long checkpoint) throws Exception {
        List<List<KeyedStateHandle>> taken = new ArrayList<>();
        for (AbstractKeyedStateBackend<String> backend : open) {
            var future = backend.snapshot(
                    checkpoint,
                    checkpoint,
                    new MemCheckpointStreamFactory(WorkingSubtasks.BYTES_MAX),
                    CheckpointOptions.forCheckpointWithDefaultLocation());
            future.run();
            SnapshotResult<KeyedStateHandle> result = future.get();
            taken.add(List.copyOf(((PartedKeyedState) result.getJobManagerOwnedSnapshot()).parts()));
            backend.notifyCheckpointComplete(checkpoint);
        }
        return taken;
    }

    /** What later files say stands in the place of what earlier ones said. */
    @ParameterizedTest
    @CsvSource({"false, 0", "true, 0", "true, 8"})
    void increments(boolean rocksDb, int timers) throws Exception {
        subtasks(true, rocksDb, timers, true);
        fill();
        for (int i = 0; i < KEYS; i += 2) {
            value("key-" + i).update("to be changed " + "v".repeat(2 * i));
        }
        increment(1);
        fill();
        requireFilled(counted(operator(increment(2))));
    }

    @Test
    void operatorState() throws Exception {
        OperatorStateHandle handle = new OperatorStreamStateHandle(
                Map.of(
                        "list", new StateMetaInfo(new long[] {10, 40}, OperatorStateHandle.Mode.SPLIT_DISTRIBUTE),
                        "rules", new StateMetaInfo(new long[] {60}, OperatorStateHandle.Mode.BROADCAST)),
                new ByteStreamStateHandle("operator", new byte[100]));
        OperatorState operator = new OperatorState("source", null, new OperatorID(1, 2), 1, 16);
        operator.putState(
                0,
                OperatorSubtaskState.builder().setManagedOperatorState(handle).build());
        operator.setCoordinatorState(new ByteStreamStateHandle("coordinator", new byte[7]));

        assertThat(counted(operator))
                .isEqualTo(Map.of(
                        "list", new StateSize("list", "operator list", 0, 2, 50, List.of()),
                        "rules", new StateSize("rules", "broadcast", 0, 1, 40, List.of()),
                        "coordinator", new StateSize("coordinator", "coordinator", 0, 1, 7, List.of())));
    }
}
