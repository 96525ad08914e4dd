package dev.weir.engine.state;

import java.util.AbstractSet;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * Finds the timer that equals a given one: a hash set of timers' numbers with linear probing. An entry is a hash, never 0,
 * above a number; 0 is a free place. Removal shifts entries back.
 */
final class TimerIndex<T> {

    private static final int CAPACITY_MIN = 4;
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final int NONE = TimerSlab.NONE;

    private final TimerSlab<T> slab;
    private final TimerAccess<T> access;
    private final boolean identified;
    private long[] entries = new long[0];
    private int shift;
    private int size;
    private int structure;

    TimerIndex(TimerSlab<T> slab, TimerAccess<T> access) {
        this.slab = slab;
        this.access = access;
        this.identified = access.hasIdentity();
    }

    /** The hash of a timer that is due at {@code due}. */
    int hash(T timer, long due) {
        // The lowest bit is the one least missed: places are counted from the highest.
        return identified ? hash(access.keyHash(timer), due) : Segment.mix(timer.hashCode()) | 1;
    }

    /** The same where timers have identities, of one whose key has a hash code. */
    static int hash(int keyHash, long due) {
        return Segment.mix(keyHash ^ (int) ((due * GOLDEN) >>> 32)) | 1;
    }

    /** Reads where the timer of a hash may be. */
    long touch(int hash) {
        return entries.length == 0 ? 0 : entries[hash >>> shift];
    }

    /** The number of the first timer of a hash, or NONE. */
    int first(int hash) {
        int mask = entries.length - 1;
        if (mask < 0) {
            return NONE;
        }
        int i = hash >>> shift;
        while (entries[i] != 0 && hashOf(entries[i]) != hash) {
            i = (i + 1) & mask;
        }
        return entries[i] == 0 ? NONE : (int) entries[i];
    }

    /** The number of the timer that equals the given one, which is due at {@code due}, or NONE. */
    int find(int hash, T timer, long due) {
        long identity = identified ? access.identity(timer) : 0;
        int mask = entries.length - 1;
        if (mask < 0) {
            return NONE;
        }
        for (int i = hash >>> shift; entries[i] != 0; i = (i + 1) & mask) {
            if (hashOf(entries[i]) == hash && slab.isEqual((int) entries[i], timer, due, identity)) {
                return (int) entries[i];
            }
        }
        return NONE;
    }

    /** Adds a timer that equals none that is present. */
    void add(int hash, int timer) {
        if (size >= entries.length - (entries.length >>> 2)) {
            resize(entries.length == 0 ? CAPACITY_MIN : entries.length * 2);
        }
        insert((long) hash << 32 | timer);
        size++;
        structure++;
    }

    /** Removes a timer that is present. */
    void remove(int hash, int timer) {
        int mask = entries.length - 1;
        long entry = (long) hash << 32 | timer;
        int i = hash >>> shift;
        while (entries[i] != entry) {
            i = (i + 1) & mask;
        }
        removeAt(i);
    }

    int size() {
        return size;
    }

    void clear() {
        entries = new long[0];
        size = 0;
        structure++;
    }

    Set<T> view() {
        return new View();
    }

    private static int hashOf(long entry) {
        return (int) (entry >>> 32);
    }

    private void insert(long entry) {
        int mask = entries.length - 1;
        int i = hashOf(entry) >>> shift;
        while (entries[i] != 0) {
            i = (i + 1) & mask;
        }
        entries[i] = entry;
    }

    private void removeAt(int removed) {
        int mask = entries.length - 1;
        int hole = removed;
        for (int i = (hole + 1) & mask; entries[i] != 0; i = (i + 1) & mask) {
            int home = hashOf(entries[i]) >>> shift;
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                entries[hole] = entries[i];
                hole = i;
            }
        }
        entries[hole] = 0;
        size--;
        structure++;
        if (size * 8L < entries.length && entries.length > CAPACITY_MIN) {
            resize(entries.length / 2);
        }
    }

    private void resize(int capacity) {
        long[] old = entries;
        entries = new long[capacity];
        shift = Integer.numberOfLeadingZeros(capacity) + 1;
        for (long entry : old) {
            if (entry != 0) {
                insert(entry);
            }
        }
    }

    private final class View extends AbstractSet<T> {

        @Override
        public int size() {
            return size;
        }

        @Override
        public Iterator<T> iterator() {
            return new Iterator<>() {
                private final int before = structure;
                private int next = occupied(0);

                @Override
                public boolean hasNext() {
                    return next < entries.length;
                }

                @Override
                public T next() {
                    if (structure != before) {
                        throw new ConcurrentModificationException("timers changed while iterating over a key group");
                    }
                    if (!hasNext()) {
                        throw new NoSuchElementException();
                    }
                    T timer = slab.timer((int) entries[next]);
                    next = occupied(next + 1);
                    return timer;
                }
            };
        }

        private int occupied(int from) {
            int i = from;
            while (i < entries.length && entries[i] == 0) {
                i++;
            }
            return i;
        }
    }
}
