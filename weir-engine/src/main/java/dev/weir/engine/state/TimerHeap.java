package dev.weir.engine.state;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Timers in a binary heap (Williams, 1964). Each knows its position, so that any is removed in O(log n).
 *
 * <p>Due times are kept beside the numbers, so that sifting reads one array of longs. Timers of equal due time come in
 * the order that a heap with its root at 1 gives, which is what Flink's heap gives too.
 */
final class TimerHeap<T> {

    static final int ROOT = 1;
    private static final int CAPACITY_MIN = 16;

    private final TimerSlab<T> slab;
    private final TimerAccess<T> access;
    private final boolean ordersTies;
    private int[] timers = new int[CAPACITY_MIN];
    private long[] due = new long[CAPACITY_MIN];
    private int size;

    TimerHeap(TimerSlab<T> slab, TimerAccess<T> access) {
        this.slab = slab;
        this.access = access;
        this.ordersTies = access.ordersTies();
    }

    int size() {
        return size;
    }

    /** The first timer; there must be one. */
    int first() {
        return timers[ROOT];
    }

    void add(int timer, long dueTime) {
        int last = ++size;
        if (last == timers.length) {
            resize(last + (last >> 1));
        }
        siftUp(timer, dueTime, last);
    }

    void remove(int timer) {
        int position = slab.position(timer);
        int last = size--;
        if (position != last) {
            int moved = timers[last];
            long movedDue = due[last];
            siftDown(moved, movedDue, position);
            if (timers[position] == moved) {
                siftUp(moved, movedDue, position);
            }
        }
        if (timers.length > 1024 && size < timers.length >> 3) {
            resize(timers.length >> 1);
        }
    }

    /**
     * A time that parts the timers in two, about halves where their times differ enough: some are due up to it, others
     * later. {@link Long#MAX_VALUE} where all are due at one time.
     */
    long middle() {
        long[] sorted = Arrays.copyOfRange(due, ROOT, size + 1);
        Arrays.sort(sorted);
        int i = (size - 1) >>> 1;
        long last = sorted[size - 1];
        while (i >= 0 && sorted[i] == last) {
            i--;
        }
        return i < 0 ? Long.MAX_VALUE : sorted[i];
    }

    /** Moves the timers that the wheel covers there. */
    void handOver(TimerWheel<T> wheel) {
        int[] oldTimers = timers;
        long[] oldDue = due;
        int oldSize = size;
        clear();
        for (int i = ROOT; i <= oldSize; i++) {
            if (wheel.covers(oldDue[i])) {
                wheel.add(oldTimers[i], oldDue[i]);
            } else {
                add(oldTimers[i], oldDue[i]);
            }
        }
    }

    /** All timers, in the order in which they lie. */
    void forEach(IntConsumer action) {
        for (int i = ROOT; i <= size; i++) {
            action.accept(timers[i]);
        }
    }

    void clear() {
        timers = new int[CAPACITY_MIN];
        due = new long[CAPACITY_MIN];
        size = 0;
    }

    private void place(int timer, long dueTime, int position) {
        timers[position] = timer;
        due[position] = dueTime;
        slab.setPosition(timer, position);
    }

    private void siftUp(int timer, long dueTime, int from) {
        int position = from;
        for (int parent = position >>> 1;
                parent >= ROOT && isBefore(dueTime, timer, due[parent], timers[parent]);
                parent = position >>> 1) {
            place(timers[parent], due[parent], position);
            position = parent;
        }
        place(timer, dueTime, position);
    }

    private void siftDown(int timer, long dueTime, int from) {
        int position = from;
        for (int child = firstChild(position);
                child != 0 && isBefore(due[child], timers[child], dueTime, timer);
                child = firstChild(position)) {
            place(timers[child], due[child], position);
            position = child;
        }
        place(timer, dueTime, position);
    }

    /** The child that comes first, the left one where they are equal, 0 where there is none. */
    private int firstChild(int position) {
        int left = position << 1;
        if (left > size) {
            return 0;
        }
        int right = left + 1;
        return right <= size && isBefore(due[right], timers[right], due[left], timers[left]) ? right : left;
    }

    private boolean isBefore(long dueTime, int timer, long otherDue, int other) {
        return dueTime < otherDue
                || (dueTime == otherDue && ordersTies && access.compareTies(slab.timer(timer), slab.timer(other)) < 0);
    }

    private void resize(int capacity) {
        timers = Arrays.copyOf(timers, capacity);
        due = Arrays.copyOf(due, capacity);
    }
}
