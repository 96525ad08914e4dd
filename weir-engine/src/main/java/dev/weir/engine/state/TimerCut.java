package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The timers of a queue as they were at one moment. The subtask's thread takes it; any one thread at a time reads it, while
 * the queue changes. It needs no closing.
 */
public final class TimerCut<T> {

    private final TimerAccess<T> access;
    private final KeyGroupSpan span;
    private List<@Nullable T[]> chunks;

    // By key group, once somebody asked.
    private @Nullable List<T> sorted;
    private int[] ends = new int[0];

    TimerCut(List<@Nullable T[]> chunks, TimerAccess<T> access, KeyGroupSpan span) {
        this.chunks = chunks;
        this.access = access;
        this.span = span;
    }

    /** The timers of a key group, in no particular order. */
    public List<T> ofKeyGroup(int keyGroup) {
        int offset = span.offsetOf(keyGroup);
        List<T> timers = sorted();
        return timers.subList(offset == 0 ? 0 : ends[offset - 1], ends[offset]);
    }

    /** All timers, in no particular order. */
    public List<T> all() {
        return sorted();
    }

    /** Sorts by key group, by counting. */
    @SuppressWarnings("unchecked") // holds timers only
    private List<T> sorted() {
        List<T> present = sorted;
        if (present != null) {
            return present;
        }
        int[] next = new int[span.size() + 1];
        for (@Nullable T[] chunk : chunks) {
            for (T timer : chunk) {
                if (timer != null) {
                    next[span.offsetOf(access.keyGroup(timer)) + 1]++;
                }
            }
        }
        for (int i = 1; i < next.length; i++) {
            next[i] += next[i - 1];
        }
        T[] timers = (T[]) new Object[next[span.size()]];
        for (@Nullable T[] chunk : chunks) {
            for (T timer : chunk) {
                if (timer != null) {
                    timers[next[span.offsetOf(access.keyGroup(timer))]++] = timer;
                }
            }
        }
        ends = next;
        chunks = new ArrayList<>(0);
        present = Arrays.asList(timers);
        sorted = present;
        return present;
    }
}
