package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.flink.state.snapshot.ChainedKeyedState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chains of what has changed, of checkpoints that complete, are given up or are never heard of, restored anywhere. */
class IncrementalSnapshotTest {
    private static final int CHECKPOINTS = 25;

    /** Two subtasks of one operator, and what was taken of them. */
    private static final class World<K> extends WorkingSubtasks<K> {
        World(long seed, BackendPair.Shape<K> shape, StateScript<K> script) throws Exception {
            super(seed, shape, script);
            for (int i = 0; i < 2; i++) {
                backends.add(shape.ours(range(2, i), List.of(), true));
            }
        }

        /** Takes one, changes the state, and only then writes it. */
        List<ChainedKeyedState> take(int stepsMeanwhile) throws Exception {
            List<RunnableFuture<SnapshotResult<KeyedStateHandle>>> futures = begun();
            work(stepsMeanwhile);
            List<ChainedKeyedState> taken = new ArrayList<>();
            for (RunnableFuture<SnapshotResult<KeyedStateHandle>> future : futures) {
                future.run();
                taken.add((ChainedKeyedState) future.get().getJobManagerOwnedSnapshot());
            }
            return taken;
        }

        void restores(List<ChainedKeyedState> taken, Map<String, String> expected) throws Exception {
            int parallelism = 1 + random.nextInt(3);
            List<KeyedStateHandle> files = new ArrayList<>();
            taken.forEach(chain -> files.addAll(chain.files()));
            Collections.shuffle(files, random);
            List<AbstractKeyedStateBackend<K>> restored = new ArrayList<>();
            for (int i = 0; i < parallelism; i++) {
                restored.add(shape.ours(range(parallelism, i), files, true));
            }
            assertThat(contents(restored)).isEqualTo(expected);
            restored.forEach(AbstractKeyedStateBackend::dispose);
        }
    }

    private static World<String> strings(long seed) throws Exception {
        return new World<>(
                seed,
                new BackendPair.Shape<>(StringSerializer.INSTANCE, WorkingSubtasks.KEY_GROUPS),
                new StateScript<>(seed, StringSerializer.INSTANCE, i -> "key-" + i));
    }

    private static World<Long> longs(long seed) throws Exception {
        BackendPair.Shape<Long> shape = new BackendPair.Shape<>(LongSerializer.INSTANCE, WorkingSubtasks.KEY_GROUPS);
        shape.config().setUseSnapshotCompression(true);
        return new World<>(seed, shape, new StateScript<>(seed, LongSerializer.INSTANCE, i -> (long) i << 30));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyCompleteCheckpointHasAllThatWasThere(long seed) throws Exception {
        run(strings(seed), seed % 2 == 0);
        run(longs(-seed), seed % 2 == 0);
    }

    private static <K> void run(World<K> world, boolean arranged) throws Exception {
        if (arranged) {
            for (AbstractKeyedStateBackend<K> backend : world.backends) {
                world.script.arrange(backend);
            }
        }
        int chained = 0;
        for (int i = 0; i < CHECKPOINTS; i++) {
            world.work(world.random.nextInt(i % 5 == 0 ? 2_000 : 60));
            Map<String, String> expected = world.contents(world.backends);
            List<ChainedKeyedState> taken = world.take(world.random.nextInt(30));
            switch (world.random.nextInt(4)) {
                case 0 -> {
                    for (AbstractKeyedStateBackend<K> backend : world.backends) {
                        backend.notifyCheckpointAborted(world.checkpoint);
                    }
                }
                case 1 -> {
                    // not heard of
                }
                default -> world.completed();
            }
            world.restores(taken, expected);
            chained += taken.get(0).files().size() > 1 ? 1 : 0;
        }
        assertThat(chained).as("checkpoints that refer to others").isPositive();
        world.backends.forEach(AbstractKeyedStateBackend::dispose);
    }

    @Test
    void littleIsWrittenWhereLittleHasChangedAndChainsEnd() throws Exception {
        World<String> world = strings(42);
        world.work(20_000);
        int longest = 0;
        int bases = 0;
        for (int i = 0; i < 40; i++) {
            world.work(20);
            List<ChainedKeyedState> taken = world.take(0);
            world.completed();
            for (ChainedKeyedState chain : taken) {
                longest = Math.max(longest, chain.files().size());
                bases += chain.files().size() == 1 ? 1 : 0;
                if (chain.files().size() > 1) {
                    assertThat(chain.getCheckpointedSize())
                            .isLessThan(chain.files().get(0).getStateSize() / 2);
                }
            }
        }
        assertThat(longest).as("files of a chain").isBetween(3, 20);
        assertThat(bases).as("chains").isBetween(3, 40);
    }

    @Test
    void aMissingFileIsNoticed() throws Exception {
        World<String> world = strings(7);
        world.work(20_000);
        world.take(0);
        world.completed();
        world.work(10);
        world.take(0);
        world.completed();
        world.work(10);
        ChainedKeyedState chain = world.take(0).get(0);
        assertThat(chain.files()).hasSize(3);
        for (int missing = 0; missing < 2; missing++) {
            List<KeyedStateHandle> files = new ArrayList<>(chain.files());
            files.remove(missing);
            assertThatThrownBy(() -> world.shape.ours(WorkingSubtasks.range(2, 0), files, true))
                    .hasStackTraceContaining("is missing: sequence=");
        }
    }
}
