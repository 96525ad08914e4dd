package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.state.snapshot.DatabaseKeyedState;
import dev.weir.flink.state.snapshot.PartedKeyedState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend.PriorityQueueStateType;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that are the files of databases, of which earlier ones may have some, restored anywhere. */
class DatabaseSnapshotTest {
    private static final int CHECKPOINTS = 10;

    @TempDir
    Path databases;

    private final List<AbstractKeyedStateBackend<?>> open = new ArrayList<>();

    @AfterEach
    void nothingIsLeft() {
        open.forEach(AbstractKeyedStateBackend::dispose);
        assertThat(databases).isEmptyDirectory();
    }

    /** The subtasks of one operator, and what was taken of them. */
    private final class World<K> extends WorkingSubtasks<K> {
        Map<String, String> asTaken = Map.of();
        long writtenBytes;
        long fullBytes;

        // how many of each key group are in memory where timers are in RocksDB, 0 on the heap; negative for either
        private final int timersInMemory;

        World(long seed, BackendPair.Shape<K> shape, StateScript<K> script, int timersInMemory) throws Exception {
            super(seed, shape, script);
            this.timersInMemory = timersInMemory;
            backends = started(2, List.of());
        }

        private List<AbstractKeyedStateBackend<K>> started(int parallelism, List<KeyedStateHandle> from)
                throws Exception {
            List<AbstractKeyedStateBackend<K>> started = new ArrayList<>();
            int inMemory = timersInMemory < 0 ? random.nextInt(3) : timersInMemory;
            for (int i = 0; i < parallelism; i++) {
                List<KeyedStateHandle> parts = new ArrayList<>();
                for (KeyedStateHandle handle : from) {
                    KeyedStateHandle part = handle.getIntersection(range(parallelism, i));
                    if (part != null) {
                        parts.add(part);
                    }
                }
                Collections.shuffle(parts, random);
                AbstractKeyedStateBackend<K> backend = shape.timers(inMemory).ours(range(parallelism, i), parts, true);
                open.add(backend);
                started.add(backend);
            }
            return started;
        }

        private void stop(List<AbstractKeyedStateBackend<K>> backends) {
            backends.forEach(AbstractKeyedStateBackend::dispose);
            open.removeAll(backends);
        }

        /** Takes one, changes the state, and only then writes it. */
        List<KeyedStateHandle> take(int stepsMeanwhile) throws Exception {
            List<RunnableFuture<SnapshotResult<KeyedStateHandle>>> futures = begun();
            // not before, as to look at it may change where it is
            asTaken = contents(backends);
            work(stepsMeanwhile);
            List<KeyedStateHandle> taken = new ArrayList<>();
            for (RunnableFuture<SnapshotResult<KeyedStateHandle>> future : futures) {
                future.run();
                PartedKeyedState state = (PartedKeyedState) future.get().getJobManagerOwnedSnapshot();
                writtenBytes += state.getCheckpointedSize();
                fullBytes += state.getStateSize();
                taken.addAll(state.parts());
            }
            return taken;
        }

        void restores(List<KeyedStateHandle> taken, Map<String, String> expected) throws Exception {
            List<AbstractKeyedStateBackend<K>> restored = started(1 + random.nextInt(3), taken);
            assertThat(contents(restored)).isEqualTo(expected);
            stop(restored);
        }

        /** The job goes on from a checkpoint, at another parallelism perhaps. */
        void restart(List<KeyedStateHandle> taken) throws Exception {
            stop(backends);
            backends = started(1 + random.nextInt(3), taken);
        }
    }

    private World<String> strings(long seed, int timersInMemory) throws Exception {
        return new World<>(
                seed,
                new BackendPair.Shape<>(StringSerializer.INSTANCE, WorkingSubtasks.KEY_GROUPS, databases),
                new StateScript<>(seed, StringSerializer.INSTANCE, i -> "key-" + i),
                timersInMemory);
    }

    private World<Long> longs(long seed) throws Exception {
        return new World<>(
                seed,
                new BackendPair.Shape<>(LongSerializer.INSTANCE, WorkingSubtasks.KEY_GROUPS, databases),
                new StateScript<>(seed, LongSerializer.INSTANCE, i -> (long) i << 30),
                -1);
    }

    /** With timers that move between the heap and RocksDB at restarts. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyCheckpointHasAllThatWasThere(long seed) throws Exception {
        if (seed % 2 == 0) {
            run(strings(seed, -1));
        } else {
            run(longs(seed));
        }
    }

    private static <K> void run(World<K> world) throws Exception {
        for (int i = 0; i < CHECKPOINTS; i++) {
            world.work(world.random.nextInt(i % 5 == 0 ? 2_000 : 60));
            List<KeyedStateHandle> taken = world.take(world.random.nextInt(30));
            Map<String, String> expected = world.asTaken;
            switch (world.random.nextInt(5)) {
                case 0 -> {
                    for (AbstractKeyedStateBackend<K> backend : world.backends) {
                        backend.notifyCheckpointAborted(world.checkpoint);
                    }
                }
                case 1 -> {
                    // not heard of
                }
                case 2 -> {
                    world.restart(taken);
                    assertThat(world.contents(world.backends)).isEqualTo(expected);
                }
                default -> world.completed();
            }
            world.restores(taken, expected);
        }
        assertThat(world.writtenBytes).isLessThan(world.fullBytes);
    }

    private static DatabaseKeyedState taken(
            AbstractKeyedStateBackend<Long> backend, long checkpoint, CheckpointType type) throws Exception {
        RunnableFuture<SnapshotResult<KeyedStateHandle>> future = backend.snapshot(
                checkpoint,
                checkpoint,
                new MemCheckpointStreamFactory(WorkingSubtasks.BYTES_MAX),
                new CheckpointOptions(type, CheckpointStorageLocationReference.getDefault()));
        future.run();
        backend.notifyCheckpointComplete(checkpoint);
        return (DatabaseKeyedState) future.get().getJobManagerOwnedSnapshot();
    }

    private static void update(AbstractKeyedStateBackend<Long> backend, long keys, String value) throws Exception {
        ValueState<String> state = backend.getPartitionedState(
                VoidNamespace.INSTANCE,
                VoidNamespaceSerializer.INSTANCE,
                new ValueStateDescriptor<>("value", StringSerializer.INSTANCE));
        for (long key = 0; key < keys; key++) {
            backend.setCurrentKey(key);
            state.update(value + key);
        }
    }

    @Test
    void littleIsWrittenWhereLittleHasChanged() throws Exception {
        BackendPair.Shape<Long> shape =
                new BackendPair.Shape<>(LongSerializer.INSTANCE, WorkingSubtasks.KEY_GROUPS, databases);
        AbstractKeyedStateBackend<Long> backend = shape.ours(WorkingSubtasks.range(1, 0), List.of(), true);
        open.add(backend);
        update(backend, 20_000, "first ");
        DatabaseKeyedState first = taken(backend, 1, CheckpointType.CHECKPOINT);
        assertThat(first.getCheckpointedSize()).isEqualTo(first.getStateSize());

        update(backend, 20, "second ");
        DatabaseKeyedState second = taken(backend, 2, CheckpointType.CHECKPOINT);
        assertThat(20 * second.getCheckpointedSize()).isLessThan(second.getStateSize());

        // a subtask that begins with a database goes on with its files, at another parallelism too
        AbstractKeyedStateBackend<Long> half =
                shape.ours(WorkingSubtasks.range(2, 1), List.of(second.database()), true);
        open.add(half);
        DatabaseKeyedState third = taken(half, 3, CheckpointType.CHECKPOINT);
        assertThat(20 * third.getCheckpointedSize()).isLessThan(third.getStateSize());

        // unless nothing may be shared
        DatabaseKeyedState whole = taken(half, 4, CheckpointType.FULL_CHECKPOINT);
        assertThat(whole.getCheckpointedSize()).isEqualTo(whole.getStateSize());
    }

    /** With all state of a backend in its database, timers too. */
    private List<KeyedStateHandle> ofFlink(World<String> world, PriorityQueueStateType timers) throws Exception {
        world.stop(world.backends);
        List<AbstractKeyedStateBackend<String>> flinks = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            flinks.add(world.shape.flinksInRocksDb(WorkingSubtasks.range(2, i), List.of(), timers));
        }
        open.addAll(flinks);
        world.backends = flinks;
        world.work(3_000);
        List<KeyedStateHandle> taken = new ArrayList<>();
        for (AbstractKeyedStateBackend<String> backend : flinks) {
            RunnableFuture<SnapshotResult<KeyedStateHandle>> future = Snapshots.take(
                    backend, Snapshots.Format.CHECKPOINT, new MemCheckpointStreamFactory(WorkingSubtasks.BYTES_MAX));
            future.run();
            KeyedStateHandle handle = future.get().getJobManagerOwnedSnapshot();
            assertThat(handle).isInstanceOf(IncrementalRemoteKeyedStateHandle.class);
            taken.add(handle);
        }
        return taken;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void flinksAreRestoredInEitherStore(int parallelism) throws Exception {
        World<String> world = strings(50 + parallelism, parallelism - 1);
        List<KeyedStateHandle> taken = ofFlink(world, PriorityQueueStateType.ROCKSDB);
        Map<String, String> expected = world.contents(world.backends);
        assertThat(expected.keySet()).anyMatch(key -> key.startsWith("timer"));

        List<AbstractKeyedStateBackend<String>> inRocksDb = world.started(parallelism, taken);
        assertThat(world.contents(inRocksDb)).isEqualTo(expected);

        BackendPair.Shape<String> heap = world.shape.in(null);
        List<AbstractKeyedStateBackend<String>> onHeap = new ArrayList<>();
        for (int i = 0; i < parallelism; i++) {
            onHeap.add(heap.ours(WorkingSubtasks.range(parallelism, i), taken, true));
        }
        open.addAll(onHeap);
        assertThat(world.contents(onHeap)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 128})
    void flinkOpensOurDatabases(int timersInMemory) throws Exception {
        World<String> world = strings(61, timersInMemory);
        world.work(2_000);
        List<KeyedStateHandle> taken = world.take(0).stream()
                .filter(IncrementalRemoteKeyedStateHandle.class::isInstance)
                .toList();
        Map<String, String> expected = new TreeMap<>(world.asTaken);
        assertThat(expected.keySet()).anyMatch(key -> key.startsWith("timer"));
        if (timersInMemory == 0) {
            // they are beside the database, where Flink does not look for them
            expected.keySet().removeIf(key -> key.startsWith("timer"));
        }
        AbstractKeyedStateBackend<String> flinks = world.shape.flinksInRocksDb(
                WorkingSubtasks.range(1, 0),
                taken,
                timersInMemory == 0 ? PriorityQueueStateType.HEAP : PriorityQueueStateType.ROCKSDB);
        open.add(flinks);

        assertThat(world.contents(List.of(flinks))).isEqualTo(expected);
    }

    /** Timers that stay are in files that are not written again. */
    @Test
    void timersAreWrittenOnce() throws Exception {
        BackendPair.Shape<Long> shape =
                new BackendPair.Shape<>(LongSerializer.INSTANCE, WorkingSubtasks.KEY_GROUPS, databases).timers(16);
        AbstractKeyedStateBackend<Long> backend = shape.ours(WorkingSubtasks.range(1, 0), List.of(), true);
        open.add(backend);
        KeyedTimers timers = new KeyedTimers(backend);
        for (long key = 0; key < 20_000; key++) {
            timers.queue().add(new TimerHeapInternalTimer<>(key, key, VoidNamespace.INSTANCE));
        }
        taken(backend, 1, CheckpointType.CHECKPOINT);

        timers.queue().poll();
        DatabaseKeyedState second = taken(backend, 2, CheckpointType.CHECKPOINT);
        assertThat(10 * second.getCheckpointedSize()).isLessThan(second.getStateSize());

        AbstractKeyedStateBackend<Long> restored =
                shape.ours(WorkingSubtasks.range(1, 0), List.of(second.database()), true);
        open.add(restored);
        KeyedTimers again = new KeyedTimers(restored);
        for (long key = 1; key < 20_000; key++) {
            assertThat(again.queue().poll()).isEqualTo(new TimerHeapInternalTimer<>(key, key, VoidNamespace.INSTANCE));
        }
        assertThat(again.queue().isEmpty()).isTrue();
    }

    private record KeyedTimers(KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Long, VoidNamespace>> queue) {
        KeyedTimers(AbstractKeyedStateBackend<Long> backend) {
            this(backend.create(
                    "timers", new TimerSerializer<>(LongSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE), true));
        }
    }
}
