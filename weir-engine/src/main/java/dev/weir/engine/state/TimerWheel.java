package dev.weir.engine.state;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Timers that are due after a moving base, in rough order: a hierarchical timing wheel (Varghese and Lauck, 1987) that
 * turns when more timers are asked for and not by a clock, as a radix heap does (Ahuja, Mehlhorn, Orlin, Tarjan, 1990).
 *
 * <p>A due time is read as eight digits of eight bits. A timer lies at the level of the highest digit in which its due
 * time differs from the base, in the slot of that digit. So
 * <ul>
 *   <li>timers of a lower level are due before those of a higher one, and slots of a level are in order;
 *   <li>where a timer lies follows from its due time, but for its position in the array of the slot: adding appends it,
 *       removing puts the last one of the slot in its place;
 *   <li>raising the base to a time of the first slot moves the timers of this slot only, each to a lower level.
 * </ul>
 * Nothing is sorted here; see {@link TimerQueue}.
 */
final class TimerWheel<T> {

    private static final int DIGIT_BITS = 8;
    private static final int SLOTS = 1 << DIGIT_BITS;
    private static final int LEVELS = Long.SIZE / DIGIT_BITS;
    private static final int CAPACITY_MIN = 16;

    private final TimerSlab<T> slab;
    private final int handOverMax;
    private final @Nullable Level[] levels = new @Nullable Level[LEVELS];
    private long base = Long.MAX_VALUE;
    private int size;

    /**
     * @param handOverMax a slot with no more timers is handed over whole
     */
    TimerWheel(TimerSlab<T> slab, int handOverMax) {
        this.slab = slab;
        this.handOverMax = handOverMax;
    }

    int size() {
        return size;
    }

    /** Whether a timer of this due time belongs here: it is due after the base. An empty wheel covers no time. */
    boolean covers(long due) {
        return due > base;
    }

    void add(int timer, long due) {
        int level = levelOf(due ^ base);
        append(level(level), slotOf(due, level), timer, due);
        size++;
    }

    void remove(int timer, long due) {
        int at = levelOf(due ^ base);
        Level level = level(at);
        int slot = slotOf(due, at);
        int[] timers = level.timers[slot];
        int last = level.sizes[slot] - 1;
        int position = slab.position(timer);
        if (position != last) {
            timers[position] = timers[last];
            slab.setPosition(timers[last], position);
        }
        level.removedLast(slot);
        resized(size - 1);
    }

    /** Hands over the timers that come first and raises the base so far. Only for an empty heap, from a wheel that is not. */
    void refill(TimerHeap<T> near) {
        while (near.size() == 0) {
            Level level = firstLevel();
            int slot = level.firstSlot();
            int count = level.sizes[slot];
            int[] timers = level.take(slot);
            size -= count;
            if (count <= handOverMax) {
                handOver(timers, count, near);
            } else {
                spread(timers, count, level.earliest[slot], near);
            }
        }
        resized(size);
    }

    private void handOver(int[] timers, int count, TimerHeap<T> near) {
        long latest = Long.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            long due = slab.due(timers[i]);
            latest = Math.max(latest, due);
            near.add(timers[i], due);
        }
        base = latest;
    }

    private void spread(int[] timers, int count, long earliest, TimerHeap<T> near) {
        base = earliest;
        for (int i = 0; i < count; i++) {
            long due = slab.due(timers[i]);
            if (due == earliest) {
                near.add(timers[i], due);
            } else {
                add(timers[i], due);
            }
        }
    }

    /** How many timers {@link #lower} would move. */
    int movedBy(long newBase) {
        int moved = 0;
        for (int level = size == 0 ? 0 : levelOf(base ^ newBase); --level >= 0; ) {
            Level lower = levels[level];
            moved += lower == null ? 0 : lower.size;
        }
        return moved;
    }

    /** Lowers the base: what lies at levels below that in which the two bases differ comes together in one slot of it. */
    void lower(long newBase) {
        long oldBase = base;
        base = newBase;
        if (size == 0) {
            return;
        }
        int meeting = levelOf(oldBase ^ newBase);
        int slot = slotOf(oldBase, meeting);
        for (int i = 0; i < meeting; i++) {
            Level lower = levels[i];
            while (lower != null && lower.size != 0) {
                int from = lower.firstSlot();
                int count = lower.sizes[from];
                int[] timers = lower.take(from);
                for (int j = 0; j < count; j++) {
                    append(level(meeting), slot, timers[j], slab.due(timers[j]));
                }
            }
        }
    }

    private void append(Level level, int slot, int timer, long due) {
        int position = level.sizes[slot];
        int[] timers = level.timers[slot];
        if (position == timers.length) {
            timers = Arrays.copyOf(timers, Math.max(CAPACITY_MIN, position + (position >> 1)));
            level.timers[slot] = timers;
        }
        timers[position] = timer;
        slab.setPosition(timer, position);
        level.added(slot, due);
    }

    /** All timers, in the order in which they lie. */
    void forEach(IntConsumer action) {
        for (Level level : levels) {
            for (int slot = 0; level != null && slot < SLOTS; slot++) {
                for (int i = 0; i < level.sizes[slot]; i++) {
                    action.accept(level.timers[slot][i]);
                }
            }
        }
    }

    void clear() {
        Arrays.fill(levels, null);
        resized(0);
    }

    private void resized(int timers) {
        size = timers;
        if (timers == 0) {
            base = Long.MAX_VALUE;
        }
    }

    private Level level(int level) {
        Level present = levels[level];
        if (present == null) {
            present = new Level();
            levels[level] = present;
        }
        return present;
    }

    private Level firstLevel() {
        for (Level level : levels) {
            if (level != null && level.size != 0) {
                return level;
            }
        }
        throw new IllegalStateException("no timers, size=" + size);
    }

    private static int levelOf(long difference) {
        return (Long.SIZE - 1 - Long.numberOfLeadingZeros(difference)) / DIGIT_BITS;
    }

    private static int slotOf(long due, int level) {
        // With the sign flipped, digits are in the order of the times.
        return (int) ((due ^ Long.MIN_VALUE) >>> (level * DIGIT_BITS)) & (SLOTS - 1);
    }

    /** The slots of one digit. */
    private static final class Level {

        private static final int[] NOTHING = {};

        final int[][] timers = new int[SLOTS][];
        final int[] sizes = new int[SLOTS];

        /** A lower bound of the due times in each occupied slot, exact unless timers were removed. */
        final long[] earliest = new long[SLOTS];

        private final long[] occupied = new long[SLOTS / Long.SIZE];
        int size;

        Level() {
            Arrays.fill(timers, NOTHING);
        }

        /** The first occupied slot; there must be one. */
        int firstSlot() {
            int word = 0;
            while (occupied[word] == 0) {
                word++;
            }
            return word * Long.SIZE + Long.numberOfTrailingZeros(occupied[word]);
        }

        void added(int slot, long due) {
            earliest[slot] = sizes[slot] == 0 ? due : Math.min(due, earliest[slot]);
            sizes[slot]++;
            size++;
            occupied[slot >>> 6] |= 1L << slot;
        }

        void removedLast(int slot) {
            sizes[slot]--;
            size--;
            int capacity = timers[slot].length;
            if (sizes[slot] == 0) {
                take(slot);
            } else if (sizes[slot] < capacity >> 2 && capacity > CAPACITY_MIN) {
                timers[slot] = Arrays.copyOf(timers[slot], capacity >> 1);
            }
        }

        /** Empties a slot and returns its array. */
        int[] take(int slot) {
            int[] taken = timers[slot];
            timers[slot] = NOTHING;
            size -= sizes[slot];
            sizes[slot] = 0;
            occupied[slot >>> 6] &= ~(1L << slot);
            return taken;
        }
    }
}
