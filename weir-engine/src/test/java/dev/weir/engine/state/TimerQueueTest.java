package dev.weir.engine.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.ConcurrentModificationException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TimerQueueTest {

    private static final int KEY_GROUPS = 8;
    private static final KeyGroupSpan SPAN = new KeyGroupSpan(2, 5);

    private static final class Timer {
        final long due;
        final int key;

        Timer(long due, int key) {
            this.due = due;
            this.key = key;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Timer timer && timer.due == due && timer.key == key;
        }

        @Override
        public int hashCode() {
            // Many timers share one.
            return (int) (due % 1_000) * 8 + key % 5;
        }

        @Override
        public String toString() {
            return key + "@" + due;
        }
    }

    private enum Dues {
        FEW {
            @Override
            long draw(Random random, long now) {
                return random.nextInt(100) - 50L;
            }
        },
        WIDE {
            @Override
            long draw(Random random, long now) {
                return random.nextLong() >> random.nextInt(60);
            }
        },
        EXTREME {
            @Override
            long draw(Random random, long now) {
                long near = random.nextInt(30);
                return switch (random.nextInt(4)) {
                    case 0 -> Long.MIN_VALUE + near;
                    case 1 -> Long.MAX_VALUE - near;
                    default -> near - 15;
                };
            }
        },
        ADVANCING {
            @Override
            long draw(Random random, long now) {
                return now - 1_000 + random.nextInt(random.nextInt(20) == 0 ? 1_000_000 : 20_000);
            }
        };

        abstract long draw(Random random, long now);
    }

    private static class WithoutTies extends Access {
        @Override
        public long due(Timer timer) {
            return timer.due;
        }

        @Override
        public boolean ordersTies() {
            return false;
        }
    }

    private static final class WithIdentity extends WithoutTies {
        @Override
        public boolean hasIdentity() {
            return true;
        }

        @Override
        public long identity(Timer timer) {
            return timer.key;
        }

        @Override
        public int keyHash(Timer timer) {
            return timer.key;
        }
    }

    private static class Access implements TimerAccess<Timer> {
        @Override
        public long due(Timer timer) {
            return timer.due / 10;
        }

        @Override
        public boolean ordersTies() {
            return true;
        }

        @Override
        public int compareTies(Timer a, Timer b) {
            return Long.compare(a.due, b.due);
        }

        @Override
        public int keyGroup(Timer timer) {
            return KeyGroups.assign(timer.key, KEY_GROUPS);
        }
    }

    private static final Comparator<Timer> IN_ORDER =
            Comparator.<Timer>comparingLong(t -> t.due).thenComparing(t -> t.key);

    private final TimerQueue<Timer> queue = new TimerQueue<>(new Access(), SPAN);

    @ParameterizedTest
    @CsvSource({
        // The shapes of due times with everything in the heap, with a heap of a few, and with one that is hardly there.
        "1, FEW, 1024",
        "2, WIDE, 1024",
        "3, EXTREME, 1024",
        "4, ADVANCING, 1024",
        "5, FEW, 8",
        "6, WIDE, 8",
        "7, EXTREME, 8",
        "8, ADVANCING, 8",
        "9, WIDE, 100",
        "10, FEW, 1",
        "11, WIDE, 1",
        "12, EXTREME, 1",
        "13, ADVANCING, 1",
        "14, EXTREME, 100"
    })
    void agreesWithASortedSet(long seed, Dues dues, int heapMax) {
        agreesWithASortedSet(new Access(), seed, dues, heapMax);
    }

    @ParameterizedTest
    @CsvSource({"21, FEW, 1024", "22, WIDE, 8", "23, EXTREME, 100", "24, ADVANCING, 8", "25, ADVANCING, 1"})
    void agreesWithASortedSetWhereTimersAreFoundByIdentity(long seed, Dues dues, int heapMax) {
        agreesWithASortedSet(new WithIdentity(), seed, dues, heapMax);
    }

    private static void agreesWithASortedSet(TimerAccess<Timer> access, long seed, Dues dues, int heapMax) {
        TimerQueue<Timer> tested = new TimerQueue<>(access, SPAN, heapMax);
        Random random = new Random(seed);
        List<Integer> keys = keysOfSpan(60);
        TreeSet<Timer> model = new TreeSet<>(IN_ORDER);
        long now = 0;
        TimerCut<Timer> cut = tested.cut();
        List<Timer> atCut = List.of();
        for (int i = 0; i < 12_000; i++) {
            // Phases of growing and of draining.
            int adds = (i / 3_000) % 2 == 0 ? 6 : 2;
            Timer timer = new Timer(dues.draw(random, now), keys.get(random.nextInt(keys.size())));
            String name = "seed=" + seed + " operation=" + i;
            if (random.nextInt(10) < adds) {
                boolean before = model.isEmpty() || timer.due < model.first().due;
                boolean added = model.add(timer);
                assertThat(tested.add(timer)).as(name).isEqualTo(added && (before || timer.equals(tested.peek())));
            } else if (random.nextInt(10) < 5) {
                Timer drawn = model.isEmpty() || random.nextInt(4) == 0 ? timer : near(model, timer);
                boolean first = drawn.equals(tested.peek());
                assertThat(tested.remove(drawn)).as(name).isEqualTo(first);
                model.remove(drawn);
            } else {
                Timer polled = poll(tested, model, name);
                now = polled == null ? now : polled.due;
            }
            assertThat(tested.size()).as(name).isEqualTo(model.size());
            assertThat(tested.peek() == null).as(name).isEqualTo(model.isEmpty());
            if (i % 500 == 0) {
                assertContents(tested, model, name);
            }
            if (i % 700 == 0) {
                assertContents(cut, atCut, name);
                cut = tested.cut();
                atCut = List.copyOf(model);
            }
        }
        while (!model.isEmpty()) {
            poll(tested, model, "seed=" + seed);
        }
        assertContents(cut, atCut, "seed=" + seed);
        assertThat(tested.poll()).isNull();
        assertThat(tested.peek()).isNull();
    }

    /** Of a few timers and of so many that chunks are given back and filled again. */
    @ParameterizedTest
    @CsvSource({"31, 60, 30", "32, 2000, 300", "33, 5000, 20000", "34, 5000, 20000"})
    void aCutTellsWhatHasChangedSinceAnEarlierOne(long seed, int dues, int operations) {
        TimerQueue<Timer> tested = new TimerQueue<>(new Access(), SPAN);
        Random random = new Random(seed);
        List<Integer> keys = keysOfSpan(60);
        Set<Timer> present = new HashSet<>();
        TreeMap<Integer, Set<Timer>> earlier = new TreeMap<>();
        for (int i = 0; i < 12; i++) {
            String name = "seed=" + seed + " cut=" + i;
            int adds = i % 4 == 3 ? 1 : 7;
            int operationsNow = random.nextInt(operations);
            for (int j = 0; j < operationsNow; j++) {
                Timer timer = new Timer(random.nextInt(dues), keys.get(random.nextInt(keys.size())));
                if (random.nextInt(10) < adds) {
                    tested.add(timer);
                    present.add(timer);
                } else {
                    Timer removed = random.nextBoolean() || tested.peek() == null ? timer : tested.peek();
                    tested.remove(removed);
                    present.remove(removed);
                }
            }
            TimerCut<Timer> cut = tested.trackedCut();
            if (!earlier.isEmpty()) {
                assertChanges(cut, earlier.firstEntry(), present, name);
                assertChanges(cut, earlier.lastEntry(), present, name);
                TimerChanges<Timer> changes = cut.since(earlier.lastKey());
                assertThat(all(changes.added()).size() + all(changes.removed()).size())
                        .as(name)
                        .isLessThanOrEqualTo(2 * operationsNow);
            }
            earlier.put(cut.version(), Set.copyOf(present));
            if (i % 5 == 4) {
                int forgotten = earlier.firstKey();
                tested.forgetChanges(forgotten + 1);
                earlier.remove(forgotten);
                assertThat(tested.trackedCut().since(forgotten)).isNull();
                tested.forgetChanges(Integer.MAX_VALUE);
                earlier.clear();
            }
        }
    }

    private static void assertChanges(
            TimerCut<Timer> cut, Map.Entry<Integer, Set<Timer>> earlier, Set<Timer> now, String name) {
        Set<Timer> before = earlier.getValue();
        TimerChanges<Timer> changes = cut.since(earlier.getKey());
        assertThat(changes).as(name).isNotNull();
        List<Timer> added = all(changes.added());
        List<Timer> removed = all(changes.removed());
        assertThat(now.containsAll(added) && before.containsAll(removed))
                .as(name)
                .isTrue();
        Set<Timer> changed = new HashSet<>(before);
        removed.forEach(changed::remove);
        changed.addAll(added);
        assertThat(changed.equals(now)).as(name).isTrue();
    }

    private static List<Timer> all(TimersByKeyGroup<Timer> timers) {
        List<Timer> all = new ArrayList<>();
        for (int keyGroup = SPAN.first(); keyGroup <= SPAN.last(); keyGroup++) {
            for (Timer timer : timers.ofKeyGroup(keyGroup)) {
                assertThat(KeyGroups.assign(timer.key, KEY_GROUPS)).isEqualTo(keyGroup);
                all.add(timer);
            }
        }
        return all;
    }

    private static void assertContents(TimerCut<Timer> cut, List<Timer> expected, String name) {
        List<Timer> contents = new ArrayList<>();
        for (int keyGroup = SPAN.first(); keyGroup <= SPAN.last(); keyGroup++) {
            for (Timer timer : cut.ofKeyGroup(keyGroup)) {
                assertThat(KeyGroups.assign(timer.key, KEY_GROUPS)).as(name).isEqualTo(keyGroup);
                contents.add(timer);
            }
        }
        assertThat(contents).as(name).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static @Nullable Timer poll(TimerQueue<Timer> tested, NavigableSet<Timer> model, String name) {
        Timer polled = tested.poll();
        if (polled != null && !model.isEmpty() && polled.due == model.first().due && model.remove(polled)) {
            return polled;
        }
        assertThat(polled).as(name).isNull();
        assertThat(model).as(name).isEmpty();
        return polled;
    }

    private static Timer near(NavigableSet<Timer> model, Timer timer) {
        Timer ceiling = model.ceiling(timer);
        Timer present = ceiling == null ? model.last() : ceiling;
        return new Timer(present.due, present.key);
    }

    @Test
    void manyTimersAreFiredInOrderWhileOthersAreAddedBeforeAndBehind() {
        Random random = new Random(17);
        List<Integer> keys = keysOfSpan(2_000);
        TreeSet<Timer> model = new TreeSet<>(IN_ORDER);
        for (int i = 0; i < 200_000; i++) {
            Timer timer = new Timer(10L * random.nextInt(36_000_000), keys.get(random.nextInt(keys.size())));
            if (model.add(timer)) {
                queue.add(timer);
            }
        }
        for (int i = 0; i < 400_000; i++) {
            Timer polled = poll(queue, model, "seed=17");
            if (polled != null && i < 100_000) {
                // Now and then a crowd of timers in the past.
                long offset = i % 10_000 < 3_000 ? -random.nextInt(100_000) : random.nextInt(1_000_000);
                Timer next = new Timer(polled.due + offset, polled.key);
                if (model.add(next)) {
                    queue.add(next);
                }
            }
        }
        assertThat(model).isEmpty();
    }

    @Test
    void fewTimersOfOneTimeFireAsTheyDoInFlinksHeap() {
        List<Integer> keys = keysOfSpan(5);
        TimerQueue<Timer> tested = new TimerQueue<>(new WithoutTies(), SPAN);
        keys.forEach(key -> tested.add(new Timer(1_000, key)));

        List<Integer> fired = new ArrayList<>();
        while (tested.size() > 0) {
            fired.add(tested.poll().key);
        }

        assertThat(fired).containsExactly(keys.get(0), keys.get(4), keys.get(3), keys.get(2), keys.get(1));
    }

    private static void assertContents(TimerQueue<Timer> tested, Set<Timer> model, String name) {
        List<Timer> timers = new ArrayList<>();
        tested.iterator().forEachRemaining(timers::add);
        assertThat(timers).as(name).hasSize(model.size());
        assertThat(new HashSet<>(timers)).as(name).isEqualTo(new HashSet<>(model));
        int listed = 0;
        for (int keyGroup = SPAN.first(); keyGroup <= SPAN.last(); keyGroup++) {
            for (Timer timer : tested.ofKeyGroup(keyGroup)) {
                assertThat(KeyGroups.assign(timer.key, KEY_GROUPS)).as(name).isEqualTo(keyGroup);
                assertThat(model.contains(timer)).as(name).isTrue();
                listed++;
            }
        }
        assertThat(listed).as(name).isEqualTo(model.size());
    }

    @Test
    void anEqualTimerIsNotAddedAgain() {
        int key = keysOfSpan(1).get(0);
        assertThat(queue.add(new Timer(100, key))).isTrue();
        assertThat(queue.add(new Timer(100, key))).isFalse();
        assertThat(queue.size()).isEqualTo(1);
        assertThat(queue.remove(new Timer(100, key))).isTrue();
        assertThat(queue.remove(new Timer(100, key))).isFalse();
        assertThat(queue.size()).isZero();
    }

    @Test
    void aTimerOfAnotherSubtasksKeyGroupIsRefused() {
        int foreign = 0;
        while (SPAN.contains(KeyGroups.assign(foreign, KEY_GROUPS))) {
            foreign++;
        }
        Timer timer = new Timer(1, foreign);
        assertThatThrownBy(() -> queue.add(timer))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not among those of this subtask, 2 to 5");
        assertThat(queue.size()).isZero();
    }

    @Test
    void aKeyGroupsTimersCannotChangeWhileTheyAreListed() {
        int key = keysOfSpan(1).get(0);
        queue.add(new Timer(1, key));
        queue.add(new Timer(2, key));
        Iterator<Timer> timers =
                queue.ofKeyGroup(KeyGroups.assign(key, KEY_GROUPS)).iterator();
        timers.next();
        queue.poll();
        assertThatThrownBy(timers::next).isInstanceOf(ConcurrentModificationException.class);
    }

    @Test
    void clearRemovesAllTimers() {
        List<Integer> keys = keysOfSpan(50);
        keys.forEach(key -> queue.add(new Timer(key, key)));
        queue.clear();
        assertThat(queue.size()).isZero();
        assertThat(queue.peek()).isNull();
        assertThat(queue.add(new Timer(keys.get(0), keys.get(0)))).isTrue();
    }

    @Test
    void timersThatAreSetOverAndOverAreReadAhead() {
        TimerQueue<Timer> timers = new TimerQueue<>(new WithIdentity(), SPAN);
        KeyContext<Integer> context = new KeyContext<>(SPAN, KEY_GROUPS);
        int[] keys = keysOfSpan(5_000).stream().mapToInt(key -> key).toArray();
        for (int key : keys) {
            assertThat(touched(timers, context, key)).as("few").isZero();
            timers.add(new Timer(7, key));
            if (timers.size() == 4_000) {
                break;
            }
        }
        for (int key : keys) {
            timers.add(new Timer(7, key));
        }
        for (int key : keys) {
            assertThat(touched(timers, context, key)).isNotZero();
        }
        timers.add(new Timer(9, keys[0]));
        assertThat(touched(timers, context, keys))
                .as("some are due at other times")
                .isNotZero();
        for (int due = 10; due < 20; due++) {
            timers.add(new Timer(due, keys[0]));
        }
        assertThat(touched(timers, context, keys))
                .as("most are due at other times")
                .isZero();
        assertThat(timers.size()).isEqualTo(5_011);
    }

    private static long touched(TimerQueue<Timer> timers, KeyContext<Integer> context, int... keys) {
        ExpectedKeys expected = new ExpectedKeys(context);
        expected.set(keys, 0, keys.length);
        return timers.touch(expected);
    }

    private static List<Integer> keysOfSpan(int count) {
        List<Integer> keys = new ArrayList<>();
        for (int key = 0; keys.size() < count; key++) {
            if (SPAN.contains(KeyGroups.assign(key, KEY_GROUPS))) {
                keys.add(key);
            }
        }
        return keys;
    }
}
