package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.state.Snapshots.Format;
import dev.weir.rocksdb.tiered.HeapQuota;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.RunnableFuture;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What our backend writes, Flink's reads, and the reverse: in both formats, compressed or not, at a parallelism of 2, then
 * 3, then 1. Every snapshot is written after its backend has changed again.
 */
final class SnapshotDifferentialTest {

    private static final int KEY_GROUPS = 16;
    private static final long HEAP_BYTES = 20_000;
    private static final int STEPS = 3_000;
    private static final int STEPS_AFTER_CUT = 500;

    /** Who wrote the first snapshot and who the second one. */
    enum Way {
        OURS_TO_FLINKS,
        FLINKS_TO_OURS,
        OURS_TO_OURS
    }

    @ParameterizedTest
    @CsvSource({
        "1, CHECKPOINT, false, OURS_TO_FLINKS",
        "2, CHECKPOINT, true, OURS_TO_FLINKS",
        "3, CHECKPOINT, false, FLINKS_TO_OURS",
        "4, CHECKPOINT, true, FLINKS_TO_OURS",
        "5, CHECKPOINT, true, OURS_TO_OURS",
        "6, CANONICAL, false, OURS_TO_FLINKS",
        "7, CANONICAL, true, OURS_TO_FLINKS",
        "8, CANONICAL, false, FLINKS_TO_OURS",
        "9, CANONICAL, true, FLINKS_TO_OURS",
        "10, CANONICAL, false, OURS_TO_OURS"
    })
    void contentsSurvive(long seed, Format format, boolean compressed, Way way) throws Exception {
        new Run<>(seed, StringSerializer.INSTANCE, i -> "key-" + i, compressed, way != Way.FLINKS_TO_OURS)
                .run(format, way);
        new Run<>(-seed, LongSerializer.INSTANCE, i -> (long) i << 30, compressed, way != Way.FLINKS_TO_OURS)
                .run(format, way);
    }

    @ParameterizedTest
    @CsvSource({
        "11, CANONICAL, false, OURS_TO_FLINKS",
        "12, CANONICAL, true, OURS_TO_FLINKS",
        "13, CANONICAL, true, FLINKS_TO_OURS",
        "14, CHECKPOINT, false, OURS_TO_OURS",
        "15, CHECKPOINT, true, OURS_TO_OURS"
    })
    void contentsOfRocksDbSurvive(long seed, Format format, boolean compressed, Way way, @TempDir Path databases)
            throws Exception {
        Run<String> run = new Run<>(seed, StringSerializer.INSTANCE, i -> "key-" + i, compressed, false);
        // timers in RocksDB, on the heap, and in RocksDB again; the reverse for odd seeds
        int inMemory = seed % 2 == 0 ? 3 : 0;
        run.shapes = shape -> List.of(
                shape.in(databases).timers(inMemory),
                shape.in(databases).timers(3 - inMemory),
                shape.in(databases).timers(inMemory));
        run.run(format, way);
    }

    @ParameterizedTest
    @CsvSource({"16, OURS_TO_OURS", "17, OURS_TO_FLINKS", "18, FLINKS_TO_OURS"})
    void contentsMoveBetweenTheHeapAndRocksDb(long seed, Way way, @TempDir Path databases) throws Exception {
        Run<Long> run = new Run<>(seed, LongSerializer.INSTANCE, i -> (long) i << 30, seed % 2 == 0, false);
        run.shapes = shape -> List.of(shape, shape.in(databases), shape);
        run.run(Format.CANONICAL, way);
        Run<Long> back = new Run<>(-seed, LongSerializer.INSTANCE, i -> (long) i << 30, false, false);
        back.shapes = shape -> List.of(shape.in(databases), shape, shape.in(databases));
        back.run(way == Way.OURS_TO_OURS ? Format.CHECKPOINT : Format.CANONICAL, way);
    }

    @ParameterizedTest
    @CsvSource({
        "21, CANONICAL, OURS_TO_FLINKS",
        "22, CANONICAL, FLINKS_TO_OURS",
        "23, CANONICAL, OURS_TO_OURS",
        "24, CHECKPOINT, OURS_TO_OURS"
    })
    void contentsOfTwoTiersMoveToOtherStoresAndBack(long seed, Format format, Way way, @TempDir Path databases)
            throws Exception {
        Run<Long> onHeap = new Run<>(seed, LongSerializer.INSTANCE, i -> (long) i << 30, seed % 2 == 0, false);
        onHeap.shapes = shape -> List.of(tiered(shape, databases), shape, tiered(shape, databases));
        onHeap.run(format, way);
        Run<Long> inRocksDb = new Run<>(-seed, LongSerializer.INSTANCE, i -> (long) i << 30, false, false);
        inRocksDb.shapes = shape -> List.of(tiered(shape, databases), shape.in(databases), tiered(shape, databases));
        inRocksDb.run(format, way);
        Run<String> between = new Run<>(seed, StringSerializer.INSTANCE, i -> "key-" + i, false, false);
        between.shapes = shape -> List.of(shape.in(databases), tiered(shape, databases), shape);
        between.run(format, way);
    }

    /** With less room on the heap than the state takes. */
    private static <K> BackendPair.Shape<K> tiered(BackendPair.Shape<K> shape, Path databases) {
        return shape.tiered(databases, new HeapQuota(HEAP_BYTES)).timers(2);
    }

    @Test
    void ourCheckpointsOfRocksDbAreReadByFlinks(@TempDir Path databases) throws Exception {
        Run<String> run = new Run<>(19, StringSerializer.INSTANCE, i -> "key-" + i, false, false);
        run.shapes = shape -> List.of(shape.in(databases), shape.in(databases), shape.in(databases));
        run.oneWay(Format.CHECKPOINT);
    }

    private static final class Run<K> {
        private final long seed;
        private final BackendPair.Shape<K> shape;
        private Function<BackendPair.Shape<K>, List<BackendPair.Shape<K>>> shapes = one -> List.of(one, one, one);
        private final StateScript<K> script;
        private final boolean arranged;

        Run(long seed, TypeSerializer<K> keySerializer, IntFunction<K> keys, boolean compressed, boolean arranged) {
            this.seed = seed;
            this.shape = new BackendPair.Shape<>(keySerializer, KEY_GROUPS);
            this.shape.config().setUseSnapshotCompression(compressed);
            this.script = new StateScript<>(seed, keySerializer, keys);
            this.arranged = arranged;
        }

        void run(Format format, Way way) throws Exception {
            boolean oursFirst = way != Way.FLINKS_TO_OURS;
            boolean oursThen = way != Way.OURS_TO_FLINKS;
            List<BackendPair.Shape<K>> of = shapes.apply(shape);
            List<AbstractKeyedStateBackend<K>> first = subtasks(of.get(0), 2, oursFirst, List.of());
            for (AbstractKeyedStateBackend<K> backend : first) {
                if (arranged && seed % 2 == 0) {
                    script.arrange(backend);
                }
            }
            work(first, STEPS);
            List<AbstractKeyedStateBackend<K>> second = subtasks(of.get(1), 3, oursThen, handover(first, format));
            work(second, STEPS);
            List<AbstractKeyedStateBackend<K>> third = subtasks(of.get(2), 1, oursFirst, handover(second, format));
            assertThat(contents(third)).isNotEmpty();
            third.forEach(AbstractKeyedStateBackend::dispose);
        }

        /** Ours, then Flink's, whose own checkpoints are of another kind. */
        void oneWay(Format format) throws Exception {
            List<AbstractKeyedStateBackend<K>> first =
                    subtasks(shapes.apply(shape).get(0), 2, true, List.of());
            work(first, STEPS);
            List<AbstractKeyedStateBackend<K>> second =
                    subtasks(shapes.apply(shape).get(1), 3, false, handover(first, format));
            assertThat(contents(second)).isNotEmpty();
            second.forEach(AbstractKeyedStateBackend::dispose);
        }

        private List<AbstractKeyedStateBackend<K>> subtasks(
                BackendPair.Shape<K> of, int parallelism, boolean ours, Collection<Expected> restored)
                throws Exception {
            List<AbstractKeyedStateBackend<K>> backends = new ArrayList<>();
            for (int i = 0; i < parallelism; i++) {
                KeyGroupRange range =
                        KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(KEY_GROUPS, parallelism, i);
                List<KeyedStateHandle> handles =
                        restored.stream().map(Expected::handle).toList();
                backends.add(ours ? of.ours(range, handles) : of.flinks(range, within(range, handles)));
            }
            Map<String, String> expected = new TreeMap<>();
            restored.forEach(part -> expected.putAll(part.contents()));
            assertThat(contents(backends)).as("seed=" + seed).isEqualTo(expected);
            return backends;
        }

        private static List<KeyedStateHandle> within(KeyGroupRange range, List<KeyedStateHandle> handles) {
            return handles.stream()
                    .map(handle -> handle.getIntersection(range))
                    .filter(Objects::nonNull)
                    .toList();
        }

        private Map<String, String> contents(List<AbstractKeyedStateBackend<K>> backends) throws Exception {
            Map<String, String> contents = new TreeMap<>();
            for (AbstractKeyedStateBackend<K> backend : backends) {
                contents.putAll(script.contents(backend));
            }
            return contents;
        }

        private void work(List<AbstractKeyedStateBackend<K>> backends, int steps) throws Exception {
            for (int i = 0; i < steps; i++) {
                K key = script.randomKey();
                AbstractKeyedStateBackend<K> backend = backends.get(
                        KeyGroupRangeAssignment.assignKeyToParallelOperator(key, KEY_GROUPS, backends.size()));
                backend.setCurrentKey(key);
                script.step(key).on(backend);
                if (i % 50 == 0) {
                    shape.clock().millis++;
                }
            }
        }

        /** Cuts all backends, changes them, and only then writes what was cut. */
        private List<Expected> handover(List<AbstractKeyedStateBackend<K>> backends, Format format) throws Exception {
            List<Map<String, String>> contents = new ArrayList<>();
            List<RunnableFuture<SnapshotResult<KeyedStateHandle>>> futures = new ArrayList<>();
            for (AbstractKeyedStateBackend<K> backend : backends) {
                contents.add(script.contents(backend));
                futures.add(Snapshots.take(backend, format));
            }
            long before = shape.clock().millis;
            work(backends, STEPS_AFTER_CUT);
            shape.clock().millis = before;
            List<Expected> expected = new ArrayList<>();
            for (int i = 0; i < futures.size(); i++) {
                futures.get(i).run();
                expected.add(new Expected(contents.get(i), futures.get(i).get().getJobManagerOwnedSnapshot()));
            }
            backends.forEach(AbstractKeyedStateBackend::dispose);
            return expected;
        }

        /** A snapshot, and what must be in it. */
        private record Expected(Map<String, String> contents, KeyedStateHandle handle) {}
    }
}
