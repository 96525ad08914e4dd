package dev.weir.bench.timer;

import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;

/**
 * What is done to a queue: it is filled with a timer for each of so many keys, due within an hour, then used as often.
 * Both steps return a hash of what they saw, which is the same for every right queue.
 */
enum Workload {
    /** Due at any time; then drained. */
    RANDOM {
        @Override
        long due(int key, int keys, SplittableRandom random) {
            return START + random.nextLong(HOUR);
        }
    },
    /** Due one after the other, as with an interval from the record's own time; then drained. */
    MONOTONE,
    /** All due at once, as at a window's end; then drained. */
    EQUAL {
        @Override
        long due(int key, int keys, SplittableRandom random) {
            return START;
        }
    },
    /** The first one fires and is set anew for some time in the next two hours. */
    STEADY {
        @Override
        long use(Timers timers, int operations, SplittableRandom random) {
            long seen = 0;
            for (int i = 0; i < operations; i++) {
                TimerHeapInternalTimer<Long, Long> fired = Objects.requireNonNull(timers.poll());
                seen = seen * 31 + fired.getTimestamp();
                timers.add(Timers.timer(fired.getTimestamp() + 1 + random.nextLong(2 * HOUR), fired.getKey()));
            }
            return seen;
        }
    },
    /** The timer of some key is deleted and set anew for an hour later, as sessions do; what is due fires. */
    SESSION {
        @Override
        long use(Timers timers, int operations, SplittableRandom random) {
            int keys = timers.size();
            long[] due = new long[keys];
            for (int key = 0; key < keys; key++) {
                due[key] = due(key, keys, random);
            }
            long seen = 0;
            for (int i = 0; i < operations; i++) {
                int key = random.nextInt(keys);
                long now = START + (HOUR / 4) * i / operations;
                timers.remove(Timers.timer(due[key], key));
                due[key] = now + HOUR;
                timers.add(Timers.timer(due[key], key));
                if (i % 1024 == 0) {
                    seen = seen * 31 + fireUntil(now, timers);
                }
            }
            return seen;
        }
    };

    private static final long START = 1_700_000_000_000L;
    private static final long HOUR = 3_600_000;

    long due(int key, int keys, SplittableRandom random) {
        return START + HOUR * key / keys;
    }

    final void fill(Timers timers, int keys, SplittableRandom random) {
        for (int key = 0; key < keys; key++) {
            timers.add(Timers.timer(due(key, keys, random), key));
        }
    }

    long use(Timers timers, int operations, SplittableRandom random) {
        return fireUntil(Long.MAX_VALUE, timers);
    }

    private static long fireUntil(long now, Timers timers) {
        long seen = 0;
        for (TimerHeapInternalTimer<Long, Long> first = timers.peek();
                first != null && first.getTimestamp() <= now;
                first = timers.peek()) {
            timers.poll();
            seen = seen * 31 + first.getTimestamp();
        }
        return seen;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
