package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one operator in one subtask: a set ordered by due time, which can also be listed by key group.
 *
 * <p>The timers that come first lie in a heap, those after a base time in a wheel that only knows their rough order. So
 * adding and removing a timer costs the same with ten million as with ten thousand, and a timer is touched a few times
 * before it fires. An empty heap is refilled from the wheel; a heap that grows, since timers are added before the base,
 * lowers the base. A few hundred timers never leave the heap. For each key group a hash index finds the queued element
 * that equals a given one.
 *
 * <p>Timers of equal due time come in an order that follows from the operations so far; while there are few it is Flink's.
 *
 * <p>Belongs to the subtask's thread; never blocks.
 */
public final class TimerQueue<T> {

    private static final int HEAP_MAX = 1024;

    private static final int SAME_DUE_MIN = 16;
    private static final int SAME_DUE_MAX = 64;

    /** Fewer are in the processor's caches anyhow. */
    private static final int TOUCHED_MIN = 4096;

    /** A cut keeps timers that are there no more. */
    private static final int TRACKED_MAX = 3;

    private final TimerAccess<T> access;
    private final KeyGroupSpan span;
    private final List<TimerIndex<T>> indexes;
    private final TimerSlab<T> slab;
    private final int heapMax;

    // Every timer is either in the heap or, due later than all of those, in the wheel, which is empty where the heap
    // is.
    private final TimerHeap<T> heap;
    private final TimerWheel<T> wheel;
    private int heapLimit;

    // Of cuts that later ones may be compared with, the oldest first.
    private final List<TimerCut.Frozen<T>> tracked = new ArrayList<>();
    private int version;

    // How many timers in a row had the due time of the one before, by about.
    private int sameDue;
    private long lastDue;

    /** An empty queue for timers of the given key groups. */
    public TimerQueue(TimerAccess<T> access, KeyGroupSpan span) {
        this(access, span, HEAP_MAX);
    }

    /**
     * @param heapMax timers that lie in the heap before the wheel is used
     */
    TimerQueue(TimerAccess<T> access, KeyGroupSpan span, int heapMax) {
        this.access = access;
        this.span = span;
        this.heapMax = heapMax;
        this.heapLimit = heapMax;
        this.slab = new TimerSlab<>(access);
        this.heap = new TimerHeap<>(slab, access);
        this.wheel = new TimerWheel<>(slab, Math.max(1, heapMax / 2));
        this.indexes = new ArrayList<>(span.size());
        for (int i = 0; i < span.size(); i++) {
            indexes.add(new TimerIndex<>(slab, access));
        }
    }

    /** The first timer, or null. */
    public @Nullable T peek() {
        return heap.size() == 0 ? null : slab.timer(heap.first());
    }

    /** Removes and returns the first timer; null where there is none. */
    public @Nullable T poll() {
        if (heap.size() == 0) {
            return null;
        }
        int number = heap.first();
        T first = slab.timer(number);
        TimerIndex<T> index = index(first);
        index.remove(index.hash(first, slab.due(number)), number);
        removeFromHeap(number);
        slab.remove(number);
        return first;
    }

    /**
     * Adds a timer unless the queue has an equal one.
     *
     * @return true when the timer is the first one now
     */
    public boolean add(T timer) {
        TimerIndex<T> index = index(timer);
        long due = access.due(timer);
        int hash = index.hash(timer, due);
        sameDue = due == lastDue ? Math.min(SAME_DUE_MAX, sameDue + 1) : sameDue >> 1;
        lastDue = due;
        if (index.find(hash, timer, due) != TimerSlab.NONE) {
            return false;
        }
        int number = slab.add(timer, due);
        index.add(hash, number);
        if (wheel.covers(due)) {
            wheel.add(number, due);
            return false;
        }
        heap.add(number, due);
        if (heap.size() > heapLimit) {
            splitHeap();
        }
        return heap.first() == number;
    }

    /**
     * Removes the timer that equals the given one.
     *
     * @return true when that was the first one
     */
    public boolean remove(T timer) {
        TimerIndex<T> index = index(timer);
        long due = access.due(timer);
        int hash = index.hash(timer, due);
        int number = index.find(hash, timer, due);
        if (number == TimerSlab.NONE) {
            return false;
        }
        index.remove(hash, number);
        boolean first = number == heap.first();
        if (wheel.covers(due)) {
            wheel.remove(number, due);
        } else {
            removeFromHeap(number);
        }
        slab.remove(number);
        return first;
    }

    /**
     * Reads where timers of keys would be that are due when those before them were, if most are: programs often set one timer
     * for many records. Does nothing where timers have no identities, and where they are few.
     *
     * @param keys of the key groups of this queue
     * @return nothing of use, to be kept: else the JIT need not read
     */
    public long touch(ExpectedKeys keys) {
        if (sameDue < SAME_DUE_MIN || !access.hasIdentity() || size() < TOUCHED_MIN) {
            return 0;
        }
        long read = 0;
        for (int i = 0; i < keys.size(); i++) {
            keys.setPlace(i, TimerIndex.hash(keys.hash(i), lastDue));
            read += indexes.get(keys.keyGroupOffset(i)).touch(keys.place(i));
        }
        for (int i = 0; i < keys.size(); i++) {
            int number = indexes.get(keys.keyGroupOffset(i)).first(keys.place(i));
            read += number == TimerSlab.NONE ? 0 : slab.due(number);
        }
        return read;
    }

    /** Number of timers. */
    public int size() {
        return heap.size() + wheel.size();
    }

    /** All timers as they are now, in no particular order. */
    public Iterator<T> iterator() {
        List<T> timers = new ArrayList<>(size());
        heap.forEach(number -> timers.add(slab.timer(number)));
        wheel.forEach(number -> timers.add(slab.timer(number)));
        return Collections.unmodifiableList(timers).iterator();
    }

    /** A live, read-only view of the timers of one key group. */
    public Set<T> ofKeyGroup(int keyGroup) {
        return indexes.get(span.offsetOf(keyGroup)).view();
    }

    /** Freezes the timers as they are now, in time proportional to the number of chunks they lie in, and of key groups. */
    public TimerCut<T> cut() {
        return cut(new TimerCut.Frozen<>(version, slab.cut()));
    }

    /** The same, for later cuts to be compared with. The oldest and the latest few such cuts are kept. */
    public TimerCut<T> trackedCut() {
        TimerCut.Frozen<T> now = new TimerCut.Frozen<>(++version, slab.cut());
        TimerCut<T> cut = cut(now);
        if (tracked.size() == TRACKED_MAX) {
            tracked.remove(1);
        }
        tracked.add(now);
        return cut;
    }

    /** No cut will be compared with those before a version. */
    public void forgetChanges(int before) {
        tracked.removeIf(cut -> cut.version() < before);
    }

    private TimerCut<T> cut(TimerCut.Frozen<T> now) {
        int[] sizes = indexes.stream().mapToInt(TimerIndex::size).toArray();
        return new TimerCut<>(access, span, now, List.copyOf(tracked), sizes);
    }

    /** Removes all timers. */
    public void clear() {
        heap.clear();
        wheel.clear();
        heapLimit = heapMax;
        indexes.forEach(TimerIndex::clear);
        slab.clear();
        tracked.clear();
    }

    private TimerIndex<T> index(T timer) {
        return indexes.get(span.offsetOf(access.keyGroup(timer)));
    }

    private void removeFromHeap(int number) {
        heap.remove(number);
        if (heap.size() == 0 && wheel.size() != 0) {
            wheel.refill(heap);
            limitHeap();
        }
    }

    /** Moves the later half of the heap to the wheel, unless that would take more work than the heap has had. */
    private void splitHeap() {
        long middle = heap.middle();
        if (middle != Long.MAX_VALUE && wheel.movedBy(middle) <= heap.size()) {
            wheel.lower(middle);
            heap.handOver(wheel);
        }
        limitHeap();
    }

    private void limitHeap() {
        heapLimit = Math.max(heapMax, 2 * heap.size());
    }
}
