package dev.weir.engine.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.ConcurrentModificationException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TimerQueueTest {

    private static final int KEY_GROUPS = 8;
    private static final KeyGroupSpan SPAN = new KeyGroupSpan(2, 5);

    private static final class Timer {
        final long due;
        final int key;
        int position;

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
            return key % 5;
        }

        @Override
        public String toString() {
            return key + "@" + due;
        }
    }

    private static final class Access implements TimerAccess<Timer> {
        @Override
        public long due(Timer timer) {
            return timer.due / 10;
        }

        @Override
        public int compareTies(Timer a, Timer b) {
            return Long.compare(a.due, b.due);
        }

        @Override
        public int keyGroup(Timer timer) {
            return KeyGroups.assign(timer.key, KEY_GROUPS);
        }

        @Override
        public int position(Timer timer) {
            return timer.position;
        }

        @Override
        public void setPosition(Timer timer, int position) {
            timer.position = position;
        }
    }

    private final TimerQueue<Timer> queue = new TimerQueue<>(new Access(), SPAN);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void agreesWithASortedSet(long seed) {
        Random random = new Random(seed);
        int dues = 1 + random.nextInt(500);
        List<Integer> keys = keysOfSpan(60);
        TreeSet<Timer> model =
                new TreeSet<>(Comparator.<Timer>comparingLong(t -> t.due).thenComparing(t -> t.key));
        for (int i = 0; i < 12_000; i++) {
            // Phases of growing and of draining.
            int adds = (i / 3_000) % 2 == 0 ? 6 : 2;
            Timer timer = new Timer(random.nextInt(dues) - dues / 2, keys.get(random.nextInt(keys.size())));
            String name = "seed=" + seed + " operation=" + i;
            if (random.nextInt(10) < adds) {
                boolean alone = model.isEmpty() || timer.due < model.first().due;
                boolean added = model.add(timer);
                boolean first = queue.add(timer);
                assertThat(first && !added).as(name).isFalse();
                if (alone) {
                    assertThat(first).as(name).isTrue();
                }
            } else if (random.nextInt(10) < 5) {
                boolean present = model.remove(timer);
                int before = queue.size();
                queue.remove(timer);
                assertThat(queue.size()).as(name).isEqualTo(present ? before - 1 : before);
            } else {
                Timer polled = queue.poll();
                assertThat(polled == null).as(name).isEqualTo(model.isEmpty());
                if (polled != null) {
                    assertThat(polled.due).as(name).isEqualTo(model.first().due);
                    assertThat(model.remove(polled)).as(name).isTrue();
                }
            }
            assertThat(queue.size()).as(name).isEqualTo(model.size());
            if (i % 500 == 0) {
                assertContents(model, name);
            }
        }
        while (!model.isEmpty()) {
            Timer polled = queue.poll();
            assertThat(polled.due).isEqualTo(model.first().due);
            assertThat(model.remove(polled)).isTrue();
        }
        assertThat(queue.poll()).isNull();
        assertThat(queue.peek()).isNull();
    }

    private void assertContents(Set<Timer> model, String name) {
        List<Timer> timers = new ArrayList<>();
        queue.iterator().forEachRemaining(timers::add);
        assertThat(timers).as(name).hasSize(model.size());
        assertThat(new HashSet<>(timers)).as(name).isEqualTo(new HashSet<>(model));
        int listed = 0;
        for (int keyGroup = SPAN.first(); keyGroup <= SPAN.last(); keyGroup++) {
            for (Timer timer : queue.ofKeyGroup(keyGroup)) {
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
