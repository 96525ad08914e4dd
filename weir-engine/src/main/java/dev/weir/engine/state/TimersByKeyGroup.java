package dev.weir.engine.state;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Some timers, sorted by key group, by counting. Immutable. */
public final class TimersByKeyGroup<T> {

    private final KeyGroupSpan span;
    private final List<T> timers;
    private final int[] ends;

    private TimersByKeyGroup(KeyGroupSpan span, List<T> timers, int[] ends) {
        this.span = span;
        this.timers = timers;
        this.ends = ends;
    }

    /** @param each goes through all timers, twice */
    @SuppressWarnings("unchecked") // holds timers only
    static <T> TimersByKeyGroup<T> of(TimerAccess<T> access, KeyGroupSpan span, Consumer<Consumer<T>> each) {
        int[] next = new int[span.size() + 1];
        each.accept(timer -> next[span.offsetOf(access.keyGroup(timer)) + 1]++);
        for (int i = 1; i < next.length; i++) {
            next[i] += next[i - 1];
        }
        T[] timers = (T[]) new Object[next[span.size()]];
        each.accept(timer -> timers[next[span.offsetOf(access.keyGroup(timer))]++] = timer);
        return new TimersByKeyGroup<>(span, Arrays.asList(timers), next);
    }

    /** The timers of a key group, in no particular order. */
    public List<T> ofKeyGroup(int keyGroup) {
        int offset = span.offsetOf(keyGroup);
        return timers.subList(offset == 0 ? 0 : ends[offset - 1], ends[offset]);
    }

    /** All timers. */
    List<T> all() {
        return timers;
    }
}
