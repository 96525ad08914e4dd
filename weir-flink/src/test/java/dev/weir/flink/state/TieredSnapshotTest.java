package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.state.snapshot.PartedKeyedState;
import dev.weir.rocksdb.tiered.HeapQuota;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SavepointKeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Incremental checkpoints of state in two tiers, taken and written while key groups move, restored anywhere. */
class TieredSnapshotTest {
    private static final int CHECKPOINTS = 12;
    private static final long[] HEAPS = {1 << 30, 60_000, 30_000, 10_000, 0};

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
        int ofBothTiers;

        World(long seed, BackendPair.Shape<K> shape, StateScript<K> script) throws Exception {
            super(seed, shape, script);
            backends = started(tiered(), 2, List.of());
        }

        BackendPair.Shape<K> tiered() {
            return timers(shape.tiered(databases, new HeapQuota(HEAPS[random.nextInt(HEAPS.length)])));
        }

        /** Those of key groups in RocksDB are there too, or all are on the heap. */
        private BackendPair.Shape<K> timers(BackendPair.Shape<K> shape) {
            return shape.timers(random.nextInt(4));
        }

        /** Mostly the same. */
        BackendPair.Shape<K> anyStore() {
            return switch (random.nextInt(4)) {
                case 0 -> shape;
                case 1 -> timers(shape.in(databases));
                default -> tiered();
            };
        }

        private List<AbstractKeyedStateBackend<K>> started(
                BackendPair.Shape<K> in, int parallelism, List<KeyedStateHandle> from) throws Exception {
            List<AbstractKeyedStateBackend<K>> started = new ArrayList<>();
            for (int i = 0; i < parallelism; i++) {
                List<KeyedStateHandle> parts = new ArrayList<>();
                for (KeyedStateHandle handle : from) {
                    KeyedStateHandle part = handle.getIntersection(range(parallelism, i));
                    if (part != null) {
                        parts.add(part);
                    }
                }
                Collections.shuffle(parts, random);
                AbstractKeyedStateBackend<K> backend = in.ours(range(parallelism, i), parts, true);
                open.add(backend);
                started.add(backend);
            }
            return started;
        }

        private void stop(List<AbstractKeyedStateBackend<K>> backends) {
            backends.forEach(AbstractKeyedStateBackend::dispose);
            open.removeAll(backends);
        }

        /** Takes one, goes on, which moves key groups too, and only then writes it. */
        List<KeyedStateHandle> take(int stepsMeanwhile) throws Exception {
            List<RunnableFuture<SnapshotResult<KeyedStateHandle>>> futures = begun();
            asTaken = contents(backends);
            work(stepsMeanwhile);
            List<KeyedStateHandle> taken = new ArrayList<>();
            for (RunnableFuture<SnapshotResult<KeyedStateHandle>> future : futures) {
                future.run();
                KeyedStateHandle state = future.get().getJobManagerOwnedSnapshot();
                writtenBytes += state.getCheckpointedSize();
                fullBytes += state.getStateSize();
                List<? extends KeyedStateHandle> parts = ((PartedKeyedState) state).parts();
                boolean both = parts.stream().anyMatch(IncrementalRemoteKeyedStateHandle.class::isInstance)
                        && parts.stream().anyMatch(KeyGroupsStateHandle.class::isInstance);
                ofBothTiers += both ? 1 : 0;
                taken.addAll(parts);
            }
            return taken;
        }

        void restores(List<KeyedStateHandle> taken, Map<String, String> expected) throws Exception {
            List<AbstractKeyedStateBackend<K>> restored = started(anyStore(), 1 + random.nextInt(3), taken);
            assertThat(contents(restored)).isEqualTo(expected);
            stop(restored);
        }

        /** The job goes on from a checkpoint, at another parallelism and in another store perhaps. */
        void restart(List<KeyedStateHandle> taken) throws Exception {
            stop(backends);
            backends = started(anyStore(), 1 + random.nextInt(3), taken);
        }
    }

    private World<String> strings(long seed) throws Exception {
        return new World<>(
                seed,
                new BackendPair.Shape<>(StringSerializer.INSTANCE, WorkingSubtasks.KEY_GROUPS),
                new StateScript<>(seed, StringSerializer.INSTANCE, i -> "key-" + i));
    }

    private World<Long> longs(long seed) throws Exception {
        BackendPair.Shape<Long> shape = new BackendPair.Shape<>(LongSerializer.INSTANCE, WorkingSubtasks.KEY_GROUPS);
        shape.config().setUseSnapshotCompression(true);
        return new World<>(seed, shape, new StateScript<>(seed, LongSerializer.INSTANCE, i -> (long) i << 30));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyCheckpointHasAllThatWasThere(long seed) throws Exception {
        if (seed % 2 == 0) {
            run(strings(seed));
        } else {
            run(longs(seed));
        }
    }

    private static <K> void run(World<K> world) throws Exception {
        for (int i = 0; i < CHECKPOINTS; i++) {
            world.work(world.random.nextInt(i % 4 == 0 ? 2_000 : 60));
            List<KeyedStateHandle> taken = world.take(world.random.nextInt(500));
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
        assertThat(world.ofBothTiers).as("checkpoints of both tiers").isPositive();
    }

    /** Checkpoints that are not incremental: that of a subtask whose state fits the heap is another's form. */
    @Test
    void fullCheckpointsOfSubtasksOnTheHeapAndOfOthersAreRestoredTogether() throws Exception {
        World<Long> world = longs(77);
        world.stop(world.backends);
        world.backends = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            BackendPair.Shape<Long> shape = world.shape.tiered(databases, new HeapQuota(i == 0 ? 1 << 30 : 20_000));
            AbstractKeyedStateBackend<Long> backend =
                    shape.timers(2).ours(WorkingSubtasks.range(2, i), List.of(), false);
            open.add(backend);
            world.backends.add(backend);
        }
        world.work(5_000);
        List<KeyedStateHandle> taken = new ArrayList<>();
        for (RunnableFuture<SnapshotResult<KeyedStateHandle>> future : world.begun()) {
            future.run();
            taken.add(future.get().getJobManagerOwnedSnapshot());
        }
        assertThat(taken.get(0)).isNotInstanceOf(SavepointKeyedStateHandle.class);
        assertThat(taken.get(1)).isInstanceOf(SavepointKeyedStateHandle.class);
        Map<String, String> expected = world.contents(world.backends);
        for (int parallelism = 1; parallelism <= 3; parallelism++) {
            for (BackendPair.Shape<Long> in :
                    List.of(world.shape, world.shape.in(databases).timers(2), world.tiered())) {
                List<AbstractKeyedStateBackend<Long>> restored = world.started(in, parallelism, taken);
                assertThat(world.contents(restored)).isEqualTo(expected);
                world.stop(restored);
            }
        }
    }

    /** One key group after the other leaves the heap, a checkpoint after each few. */
    @Test
    void chainsGoOnWhileKeyGroupsLeaveTheHeap() throws Exception {
        World<Long> world = longs(31);
        world.stop(world.backends);
        HeapQuota quota = new HeapQuota(100_000);
        world.backends = world.started(world.shape.tiered(databases, quota).timers(2), 1, List.of());
        int chained = 0;
        for (int i = 0; i < 30; i++) {
            world.work(150);
            List<KeyedStateHandle> taken = world.take(20);
            world.completed();
            chained += taken.stream()
                                    .filter(KeyGroupsStateHandle.class::isInstance)
                                    .count()
                            > 1
                    ? 1
                    : 0;
            if (i % 5 == 4) {
                world.restores(taken, world.asTaken);
            }
        }
        assertThat(chained).as("checkpoints that refer to others").isPositive();
        assertThat(quota.usedBytes()).isBetween(1L, 100_000L);
    }
}
