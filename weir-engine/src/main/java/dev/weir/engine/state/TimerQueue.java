package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one operator in one subtask: a set ordered by due time, which can also be listed by key group.
 *
 * <p>A binary heap (Williams, 1964) whose elements know their position, so that adding, removing any element and taking the
 * first cost O(log n). Due times are kept beside the elements, so that sifting reads one array of longs. For each key group
 * a hash index finds the queued element that equals a given one. Timers of equal due time come in the order a heap with
 * the root at 1 gives, which is what Flink's heap gives too.
 *
 * <p>Belongs to the subtask's thread; never blocks.
 */
public final class TimerQueue<T> {

    private static final int ROOT = 1;
    private static final int CAPACITY_MIN = 16;

    private final TimerAccess<T> access;
    private final KeyGroupSpan span;
    private final List<TimerIndex<T>> indexes;
    private @Nullable Object[] heap = new @Nullable Object[CAPACITY_MIN];
    private long[] due = new long[CAPACITY_MIN];
    private int size;

    /** An empty queue for timers of the given key groups. */
    public TimerQueue(TimerAccess<T> access, KeyGroupSpan span) {
        this.access = access;
        this.span = span;
        this.indexes = new ArrayList<>(span.size());
        for (int i = 0; i < span.size(); i++) {
            indexes.add(new TimerIndex<>());
        }
    }

    /** The first timer, or null. */
    public @Nullable T peek() {
        return size == 0 ? null : at(ROOT);
    }

    /** Removes and returns the first timer; null where there is none. */
    public @Nullable T poll() {
        if (size == 0) {
            return null;
        }
        T first = at(ROOT);
        index(first).remove(first);
        removeAt(ROOT);
        return first;
    }

    /**
     * Adds a timer unless the queue has an equal one.
     *
     * @return true when the timer is the first one now
     */
    public boolean add(T timer) {
        if (!index(timer).add(timer)) {
            return false;
        }
        int last = ++size;
        reserve(last + 1);
        place(timer, access.due(timer), last);
        siftUp(last);
        return heap[ROOT] == timer;
    }

    /**
     * Removes the timer that equals the given one.
     *
     * @return true when that was the first one
     */
    public boolean remove(T timer) {
        T queued = index(timer).remove(timer);
        if (queued == null) {
            return false;
        }
        int position = access.position(queued);
        removeAt(position);
        return position == ROOT;
    }

    /** Number of timers. */
    public int size() {
        return size;
    }

    /** Makes room for this many timers in all. */
    public void reserve(int timers) {
        if (timers >= heap.length) {
            int capacity = Math.max(timers + 1, heap.length + (heap.length >> 1));
            heap = Arrays.copyOf(heap, capacity);
            due = Arrays.copyOf(due, capacity);
        }
    }

    /** All timers, in no particular order. The queue may not be changed meanwhile. */
    public Iterator<T> iterator() {
        return new Iterator<>() {
            private int next = ROOT;

            @Override
            public boolean hasNext() {
                return next <= size;
            }

            @Override
            public T next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return at(next++);
            }
        };
    }

    /** A live, read-only view of the timers of one key group. */
    public Set<T> ofKeyGroup(int keyGroup) {
        return indexes.get(span.offsetOf(keyGroup)).view();
    }

    /** Removes all timers. */
    public void clear() {
        heap = new @Nullable Object[CAPACITY_MIN];
        due = new long[CAPACITY_MIN];
        size = 0;
        indexes.forEach(TimerIndex::clear);
    }

    private TimerIndex<T> index(T timer) {
        return indexes.get(span.offsetOf(access.keyGroup(timer)));
    }

    @SuppressWarnings("unchecked")
    private T at(int position) {
        return (T) Objects.requireNonNull(heap[position]);
    }

    private void place(T timer, long dueTime, int position) {
        heap[position] = timer;
        due[position] = dueTime;
        access.setPosition(timer, position);
    }

    private void removeAt(int position) {
        int last = size--;
        T moved = at(last);
        heap[last] = null;
        if (position != last) {
            place(moved, due[last], position);
            siftDown(position);
            if (heap[position] == moved) {
                siftUp(position);
            }
        }
        shrink();
    }

    private void siftUp(int from) {
        T timer = at(from);
        long dueTime = due[from];
        int position = from;
        for (int parent = position >>> 1; parent >= ROOT && isBefore(dueTime, timer, parent); parent = position >>> 1) {
            place(at(parent), due[parent], position);
            position = parent;
        }
        if (position != from) {
            place(timer, dueTime, position);
        }
    }

    private void siftDown(int from) {
        T timer = at(from);
        long dueTime = due[from];
        int position = from;
        for (int child = firstChild(position);
                child != 0 && isAfter(dueTime, timer, child);
                child = firstChild(position)) {
            place(at(child), due[child], position);
            position = child;
        }
        if (position != from) {
            place(timer, dueTime, position);
        }
    }

    /** The child that comes first, the left one where they are equal, 0 where there is none. */
    private int firstChild(int position) {
        int left = position << 1;
        if (left > size) {
            return 0;
        }
        int right = left + 1;
        return right <= size && isBefore(due[right], at(right), left) ? right : left;
    }

    private boolean isBefore(long dueTime, T timer, int other) {
        return dueTime < due[other] || (dueTime == due[other] && access.compareTies(timer, at(other)) < 0);
    }

    private boolean isAfter(long dueTime, T timer, int other) {
        return due[other] < dueTime || (dueTime == due[other] && access.compareTies(at(other), timer) < 0);
    }

    private void shrink() {
        if (heap.length > 1024 && size < heap.length >> 3) {
            heap = Arrays.copyOf(heap, heap.length >> 1);
            due = Arrays.copyOf(due, heap.length);
        }
    }
}
