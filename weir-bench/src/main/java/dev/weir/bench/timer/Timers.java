package dev.weir.bench.timer;

import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyGroups;
import dev.weir.engine.state.TimerAccess;
import dev.weir.engine.state.TimerQueue;
import java.util.Locale;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSet;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.jspecify.annotations.Nullable;

/** What is measured of a queue of timers. Keys and namespaces are longs, as a program's often are. */
interface Timers {
    int KEY_GROUPS = 64;
    Long NAMESPACE = 0L;

    void add(TimerHeapInternalTimer<Long, Long> timer);

    void remove(TimerHeapInternalTimer<Long, Long> timer);

    @Nullable
    TimerHeapInternalTimer<Long, Long> peek();

    @Nullable
    TimerHeapInternalTimer<Long, Long> poll();

    int size();

    static TimerHeapInternalTimer<Long, Long> timer(long due, long key) {
        return new TimerHeapInternalTimer<>(due, key, NAMESPACE);
    }

    /** Who is measured. */
    enum Contender {
        FLINK {
            @Override
            Timers create() {
                return new OfFlink();
            }
        },
        WEIR {
            @Override
            Timers create() {
                return new OfWeir();
            }
        };

        abstract Timers create();

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Flink's binary heap with a hash map for each key group. */
    final class OfFlink implements Timers {
        private final HeapPriorityQueueSet<TimerHeapInternalTimer<Long, Long>> queue = new HeapPriorityQueueSet<>(
                TimerHeapInternalTimer::comparePriorityTo,
                TimerHeapInternalTimer::getKey,
                128,
                KeyGroupRange.of(0, KEY_GROUPS - 1),
                KEY_GROUPS);

        @Override
        public void add(TimerHeapInternalTimer<Long, Long> timer) {
            queue.add(timer);
        }

        @Override
        public void remove(TimerHeapInternalTimer<Long, Long> timer) {
            queue.remove(timer);
        }

        @Override
        public @Nullable TimerHeapInternalTimer<Long, Long> peek() {
            return queue.peek();
        }

        @Override
        public @Nullable TimerHeapInternalTimer<Long, Long> poll() {
            return queue.poll();
        }

        @Override
        public int size() {
            return queue.size();
        }
    }

    /** The engine's queue. */
    final class OfWeir implements Timers, TimerAccess<TimerHeapInternalTimer<Long, Long>> {
        private final TimerQueue<TimerHeapInternalTimer<Long, Long>> queue =
                new TimerQueue<>(this, new KeyGroupSpan(0, KEY_GROUPS - 1));

        @Override
        public long due(TimerHeapInternalTimer<Long, Long> timer) {
            return timer.getTimestamp();
        }

        @Override
        public int keyGroup(TimerHeapInternalTimer<Long, Long> timer) {
            return KeyGroups.assign(timer.getKey().hashCode(), KEY_GROUPS);
        }

        @Override
        public void add(TimerHeapInternalTimer<Long, Long> timer) {
            queue.add(timer);
        }

        @Override
        public void remove(TimerHeapInternalTimer<Long, Long> timer) {
            queue.remove(timer);
        }

        @Override
        public @Nullable TimerHeapInternalTimer<Long, Long> peek() {
            return queue.peek();
        }

        @Override
        public @Nullable TimerHeapInternalTimer<Long, Long> poll() {
            return queue.poll();
        }

        @Override
        public int size() {
            return queue.size();
        }
    }
}
