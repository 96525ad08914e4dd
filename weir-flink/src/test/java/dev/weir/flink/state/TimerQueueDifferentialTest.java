package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.rocksdb.tiered.HeapQuota;
import dev.weir.rocksdb.tiered.HeapShare;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Our timers beside Flink's: the same answers, and while there are few the same order among timers of one time. */
final class TimerQueueDifferentialTest {

    private static final int KEY_GROUPS = 8;
    private static final TimerSerializer<String, Integer> SERIALIZER =
            new TimerSerializer<>(StringSerializer.INSTANCE, IntSerializer.INSTANCE);

    private record Timer(long time, String key, int namespace) {
        TimerHeapInternalTimer<String, Integer> toFlink() {
            return new TimerHeapInternalTimer<>(time, key, namespace);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void answersAndOrderOfAFewTimersAreFlinks(long seed) throws Exception {
        Random random = new Random(seed);
        int times = 1 + random.nextInt(12);
        try (BackendPair<String> pair = pair()) {
            var ours = pair.ours.create("timers", SERIALIZER);
            var flinks = pair.flinks.create("timers", SERIALIZER);
            for (int i = 0; i < 20_000; i++) {
                String name = "seed=" + seed + " operation=" + i;
                Timer timer = new Timer(random.nextInt(times) - 5, "key-" + random.nextInt(12), random.nextInt(2));
                switch (random.nextInt((i / 4_000) % 2 == 0 ? 4 : 9)) {
                    case 0, 1 -> same(name, ours.add(timer.toFlink()), flinks.add(timer.toFlink()));
                    case 2 -> same(name, ours.remove(timer.toFlink()), flinks.remove(timer.toFlink()));
                    case 3 -> {
                        List<TimerHeapInternalTimer<String, Integer>> some = new ArrayList<>();
                        List<TimerHeapInternalTimer<String, Integer>> same = new ArrayList<>();
                        for (int j = 0; j < random.nextInt(4); j++) {
                            Timer one = new Timer(random.nextInt(times), timer.key(), j);
                            some.add(one.toFlink());
                            same.add(one.toFlink());
                        }
                        ours.addAll(some);
                        flinks.addAll(same);
                    }
                    default -> same(name, ours.poll(), flinks.poll());
                }
                same(name, ours.peek(), flinks.peek());
                same(name, ours.size(), flinks.size());
                if (i % 1_000 == 0) {
                    assertThat(list(ours)).as(name).isEqualTo(list(flinks));
                    compareKeyGroups(ours, flinks, name);
                }
            }
            while (!flinks.isEmpty()) {
                assertThat(ours.poll()).as("seed=" + seed).isEqualTo(flinks.poll());
            }
            assertThat(ours.isEmpty()).isTrue();
            assertThat(ours.poll()).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6, 7, 8})
    void manyTimersAreFlinksAndFireByTime(long seed) throws Exception {
        Random random = new Random(seed);
        int times = 1 << random.nextInt(20);
        try (BackendPair<String> pair = pair()) {
            var ours = pair.ours.create("timers", SERIALIZER);
            var flinks = pair.flinks.create("timers", SERIALIZER);
            for (int i = 0; i < 60_000; i++) {
                String name = "seed=" + seed + " operation=" + i;
                Timer timer = new Timer(random.nextInt(times), "key-" + random.nextInt(20_000), random.nextInt(2));
                switch (random.nextInt((i / 20_000) % 2 == 0 ? 4 : 9)) {
                    case 0, 1 -> {
                        ours.add(timer.toFlink());
                        flinks.add(timer.toFlink());
                    }
                    case 2 -> {
                        ours.remove(timer.toFlink());
                        flinks.remove(timer.toFlink());
                    }
                    default -> pollSameTime(ours, flinks, name);
                }
                same(name, ours.size(), flinks.size());
                if (i % 20_000 == 0) {
                    assertThat(new HashSet<>(list(ours))).as(name).isEqualTo(new HashSet<>(list(flinks)));
                    compareKeyGroups(ours, flinks, name);
                }
            }
            while (!flinks.isEmpty()) {
                pollSameTime(ours, flinks, "seed=" + seed);
            }
            assertThat(ours.isEmpty()).isTrue();
        }
    }

    /**
     * Both in RocksDB, with more or fewer of them in memory, where the order of timers of one time is Flink's too. What Flink
     * counts and iterates over is not asked for: it leaves out timers that were added before where it last removed some.
     */
    @ParameterizedTest
    @CsvSource({"11,1,-1", "12,2,-1", "13,1,0", "14,3,3000", "15,7,20000", "16,128,1000000", "17,1,8000", "18,2,100000"
    })
    void answersAndOrderInRocksDbAreFlinks(long seed, int inMemory, long cacheBytes, @TempDir Path databases)
            throws Exception {
        Random random = new Random(seed);
        int times = 1 + random.nextInt(200);
        Set<TimerHeapInternalTimer<String, Integer>> present = new HashSet<>();
        BackendPair.Shape<String> shape = new BackendPair.Shape<>(StringSerializer.INSTANCE, KEY_GROUPS, databases)
                .caching(cacheBytes)
                .timers(inMemory);
        try (BackendPair<String> pair = new BackendPair<>(shape, KeyGroupRange.of(0, KEY_GROUPS - 1))) {
            var ours = pair.ours.create("timers", SERIALIZER);
            var flinks = pair.flinks.create("timers", SERIALIZER);
            for (int i = 0; i < 10_000; i++) {
                String name = "seed=" + seed + " operation=" + i;
                Timer timer = new Timer(random.nextInt(times) - 5, "key-" + random.nextInt(40), random.nextInt(2));
                switch (random.nextInt((i / 2_000) % 2 == 0 ? 4 : 9)) {
                    case 0, 1 -> {
                        same(name, ours.add(timer.toFlink()), flinks.add(timer.toFlink()));
                        present.add(timer.toFlink());
                    }
                    case 2 -> {
                        same(name, ours.remove(timer.toFlink()), flinks.remove(timer.toFlink()));
                        present.remove(timer.toFlink());
                    }
                    default -> {
                        same(name, ours.peek(), flinks.peek());
                        present.remove(ours.peek());
                        same(name, ours.poll(), flinks.poll());
                    }
                }
                same(name, ours.peek(), flinks.peek());
                same(name, ours.isEmpty(), flinks.isEmpty());
                if (i % 20 == 0) {
                    same(name, ours.size(), present.size());
                }
                if (i % 500 == 0) {
                    assertThat(list(ours)).as(name).containsExactlyInAnyOrderElementsOf(present);
                    keyGroupsHave(present, ours, name);
                }
            }
            while (!flinks.isEmpty()) {
                assertThat(ours.poll()).as("seed=" + seed).isEqualTo(flinks.poll());
            }
            assertThat(ours.isEmpty()).isTrue();
            assertThat(ours.poll()).isNull();
        }
    }

    /**
     * In two tiers: between looking at the first timer and taking it its key is selected, as who fires timers does, and then its
     * key group may leave the heap.
     */
    @ParameterizedTest
    @CsvSource({"21,1,-1,2000", "22,1,0,200000", "23,2,20000,100000", "24,128,1000000,300000", "25,1,8000,50000"})
    void timersAreFlinksWhileKeyGroupsMove(
            long seed, int inMemory, long cacheBytes, long heapBytes, @TempDir Path databases) throws Exception {
        Random random = new Random(seed);
        int times = 1 + random.nextInt(200);
        int keys = 4_000;
        BackendPair.Shape<String> shape = new BackendPair.Shape<>(StringSerializer.INSTANCE, KEY_GROUPS)
                .tiered(databases, new HeapQuota(heapBytes))
                .caching(cacheBytes)
                .timers(inMemory);
        try (BackendPair<String> pair = new BackendPair<>(shape, KeyGroupRange.of(0, KEY_GROUPS - 1))) {
            var ours = pair.ours.create("timers", SERIALIZER);
            var flinks = pair.flinks.create("timers", SERIALIZER);
            int removedAtOnce = 0;
            for (int i = 0; i < 20_000; i++) {
                String name = "seed=" + seed + " operation=" + i;
                Timer timer = new Timer(random.nextInt(times) - 5, "key-" + random.nextInt(keys), random.nextInt(2));
                switch (random.nextInt((i / 5_000) % 2 == 0 ? 4 : 9)) {
                    case 0, 1, 2 -> {
                        pair.setCurrentKey(timer.key());
                        ours.add(timer.toFlink());
                        flinks.add(timer.toFlink());
                    }
                    case 3 -> {
                        pair.setCurrentKey(timer.key());
                        ours.remove(timer.toFlink());
                        flinks.remove(timer.toFlink());
                    }
                    default -> {
                        TimerHeapInternalTimer<String, Integer> first = ours.peek();
                        if (first != null) {
                            pair.setCurrentKey(first.getKey());
                            same(name, ours.poll(), first);
                            same(name, first.getTimestamp(), flinks.peek().getTimestamp());
                            removedAtOnce += flinks.size();
                            flinks.remove(first);
                            removedAtOnce -= flinks.size() + 1;
                        }
                    }
                }
                same(name, ours.isEmpty(), flinks.isEmpty());
                if (i % 100 == 0) {
                    same(name, ours.size(), flinks.size());
                }
                if (i % 1_000 == 0) {
                    assertThat(new HashSet<>(list(ours))).as(name).isEqualTo(new HashSet<>(list(flinks)));
                    compareKeyGroups(ours, flinks, name);
                }
            }
            assertThat(removedAtOnce)
                    .as("timers that Flink's queue does not have")
                    .isZero();
            while (!flinks.isEmpty()) {
                pollSameTime(ours, flinks, "seed=" + seed);
            }
            assertThat(ours.isEmpty()).isTrue();
            assertThat(databases).isNotEmptyDirectory();
        }
    }

    /** All are due at one time, so that any may be polled but the one that was looked at. */
    @Test
    void theFirstTimerIsTheSameWhenItsKeyGroupHasMoved(@TempDir Path databases) throws Exception {
        HeapQuota quota = new HeapQuota(1_000_000);
        BackendPair.Shape<String> shape = new BackendPair.Shape<>(StringSerializer.INSTANCE, KEY_GROUPS)
                .tiered(databases, quota)
                .timers(2);
        try (BackendPair<String> pair = new BackendPair<>(shape, KeyGroupRange.of(0, KEY_GROUPS - 1))) {
            var ours = pair.ours.create("timers", SERIALIZER);
            Set<TimerHeapInternalTimer<String, Integer>> left = new HashSet<>();
            for (int i = 0; i < 4_000; i++) {
                pair.ours.setCurrentKey("key-" + i);
                ours.add(new Timer(7, "key-" + i, 0).toFlink());
                left.add(new Timer(7, "key-" + i, 0).toFlink());
            }
            assertThat(databases).isEmptyDirectory();
            List<HeapShare> others = new ArrayList<>();
            while (!left.isEmpty()) {
                TimerHeapInternalTimer<String, Integer> first = ours.peek();
                if (left.size() % 100 == 0) {
                    // the more there are the less each has
                    HeapShare other = quota.join();
                    other.leftBytes(100_000);
                    others.add(other);
                    for (int i = 0; i < 2_000; i++) {
                        pair.ours.setCurrentKey(first.getKey());
                    }
                    assertThat(ours.peek()).isEqualTo(first);
                }
                pair.ours.setCurrentKey(first.getKey());
                assertThat(ours.poll()).isEqualTo(first);
                assertThat(left.remove(first)).as("left").isTrue();
            }
            assertThat(ours.isEmpty()).isTrue();
            assertThat(databases).isNotEmptyDirectory();
            others.forEach(HeapShare::close);
        }
    }

    private static void keyGroupsHave(
            Set<TimerHeapInternalTimer<String, Integer>> present,
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, Integer>> queue,
            String name) {
        for (int i = 0; i < KEY_GROUPS; i++) {
            int keyGroup = i;
            assertThat(queue.getSubsetForKeyGroup(keyGroup))
                    .as(name)
                    .isEqualTo(present.stream()
                            .filter(timer ->
                                    KeyGroupRangeAssignment.assignToKeyGroup(timer.getKey(), KEY_GROUPS) == keyGroup)
                            .collect(Collectors.toSet()));
        }
    }

    /** Among timers of one time ours may choose another than Flink's. */
    private static void pollSameTime(
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, Integer>> ours,
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, Integer>> flinks,
            String name) {
        TimerHeapInternalTimer<String, Integer> polled = ours.poll();
        TimerHeapInternalTimer<String, Integer> first = flinks.peek();
        same(name, polled == null ? null : polled.getTimestamp(), first == null ? null : first.getTimestamp());
        if (polled != null) {
            int size = flinks.size();
            flinks.remove(polled);
            same(name, flinks.size(), size - 1);
        }
    }

    /** Keys that are longs are compared as such, and timers of one namespace by key and time alone. */
    @ParameterizedTest
    @ValueSource(longs = {9, 10})
    void timersOfLongKeysAreFlinks(long seed) throws Exception {
        TimerSerializer<Long, VoidNamespace> serializer =
                new TimerSerializer<>(LongSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE);
        Random random = new Random(seed);
        try (BackendPair<Long> pair =
                new BackendPair<>(LongSerializer.INSTANCE, KeyGroupRange.of(0, KEY_GROUPS - 1), KEY_GROUPS)) {
            var ours = pair.ours.create("timers", serializer);
            var flinks = pair.flinks.create("timers", serializer);
            for (int i = 0; i < 20_000; i++) {
                String name = "seed=" + seed + " operation=" + i;
                // of two keys with one hash code, and two times of one hash code
                long draw = random.nextInt(12);
                long key = random.nextBoolean() ? draw : ~draw;
                long time = random.nextInt(6);
                var timer =
                        new TimerHeapInternalTimer<>(random.nextBoolean() ? time : ~time, key, VoidNamespace.INSTANCE);
                switch (random.nextInt((i / 4_000) % 2 == 0 ? 4 : 9)) {
                    case 0, 1, 2 -> same(name, ours.add(timer), flinks.add(copy(timer)));
                    case 3 -> same(name, ours.remove(timer), flinks.remove(timer));
                    default -> same(name, ours.poll(), flinks.poll());
                }
                same(name, ours.peek(), flinks.peek());
                same(name, ours.size(), flinks.size());
            }
        }
    }

    private static <K, N> TimerHeapInternalTimer<K, N> copy(TimerHeapInternalTimer<K, N> timer) {
        return new TimerHeapInternalTimer<>(timer.getTimestamp(), timer.getKey(), timer.getNamespace());
    }

    private static BackendPair<String> pair() throws Exception {
        return new BackendPair<>(StringSerializer.INSTANCE, KeyGroupRange.of(0, KEY_GROUPS - 1), KEY_GROUPS);
    }

    private static void same(String name, Object ours, Object flinks) {
        if (!Objects.equals(ours, flinks)) {
            assertThat(ours).as(name).isEqualTo(flinks);
        }
    }

    private static void compareKeyGroups(
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, Integer>> ours,
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, Integer>> flinks,
            String name) {
        for (int keyGroup = 0; keyGroup < KEY_GROUPS; keyGroup++) {
            Set<TimerHeapInternalTimer<String, Integer>> subset = ours.getSubsetForKeyGroup(keyGroup);
            assertThat(new HashSet<>(subset))
                    .as(name)
                    .isEqualTo(flinks.getSubsetForKeyGroup(keyGroup))
                    .hasSize(subset.size());
        }
    }

    private static List<TimerHeapInternalTimer<String, Integer>> list(
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, Integer>> queue) throws Exception {
        List<TimerHeapInternalTimer<String, Integer>> timers = new ArrayList<>();
        try (CloseableIterator<TimerHeapInternalTimer<String, Integer>> iterator = queue.iterator()) {
            iterator.forEachRemaining(timers::add);
        }
        return timers;
    }

    @Test
    void aQueueRegisteredAgainIsTheSameQueue() throws Exception {
        try (BackendPair<String> pair =
                new BackendPair<>(StringSerializer.INSTANCE, KeyGroupRange.of(0, KEY_GROUPS - 1), KEY_GROUPS)) {
            for (var backend : List.of(pair.ours, pair.flinks)) {
                TimerSerializer<String, Integer> serializer =
                        new TimerSerializer<>(StringSerializer.INSTANCE, IntSerializer.INSTANCE);
                KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, Integer>> queue =
                        backend.create("timers", serializer, true);
                queue.add(new TimerHeapInternalTimer<>(7, "key", 1));
                KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, Integer>> again =
                        backend.create("timers", serializer, true);
                assertThat(again.poll()).isEqualTo(new TimerHeapInternalTimer<>(7, "key", 1));
                assertThat(queue.isEmpty()).isTrue();
            }
        }
    }

    @Test
    void aSubtaskKeepsTimersOfItsOwnKeyGroupsOnly() throws Exception {
        try (BackendPair<String> pair =
                new BackendPair<>(StringSerializer.INSTANCE, KeyGroupRange.of(4, 7), KEY_GROUPS)) {
            KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, Integer>> ours = pair.ours.create(
                    "timers", new TimerSerializer<>(StringSerializer.INSTANCE, IntSerializer.INSTANCE));
            int accepted = 0;
            for (int i = 0; i < 100; i++) {
                int keyGroup = KeyGroupRangeAssignment.assignToKeyGroup("key-" + i, KEY_GROUPS);
                TimerHeapInternalTimer<String, Integer> timer = new TimerHeapInternalTimer<>(i, "key-" + i, 0);
                if (keyGroup >= 4) {
                    ours.add(timer);
                    accepted++;
                    assertThat(ours.getSubsetForKeyGroup(keyGroup)).contains(timer);
                } else {
                    assertThatThrownBy(() -> ours.add(timer)).isInstanceOf(IllegalArgumentException.class);
                }
            }
            assertThat(ours.size()).isEqualTo(accepted);
        }
    }
}
