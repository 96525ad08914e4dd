package dev.weir.engine.state;

import java.util.AbstractSet;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the element that equals a given one: a hash set with linear probing over two arrays, as {@link Segment} is a map.
 * Removal shifts entries back.
 */
final class TimerIndex<T> {

    private static final int CAPACITY_MIN = 4;

    private @Nullable Object[] elements = new @Nullable Object[0];
    private int[] hashes = new int[0];
    private int shift;
    private int size;
    private int structure;

    /** False where an equal element is present. */
    boolean add(T element) {
        int hash = Segment.mix(element.hashCode());
        int i = find(hash, element);
        if (i >= 0) {
            return false;
        }
        if (size >= elements.length - (elements.length >>> 2)) {
            resize(elements.length == 0 ? CAPACITY_MIN : elements.length * 2);
            i = find(hash, element);
        }
        elements[~i] = element;
        hashes[~i] = hash;
        size++;
        structure++;
        return true;
    }

    /** The element that was removed, null where none equals the given one. */
    @Nullable
    T remove(T element) {
        int i = find(Segment.mix(element.hashCode()), element);
        if (i < 0) {
            return null;
        }
        T removed = at(i);
        removeAt(i);
        return removed;
    }

    boolean contains(Object element) {
        return find(Segment.mix(element.hashCode()), element) >= 0;
    }

    void clear() {
        elements = new @Nullable Object[0];
        hashes = new int[0];
        size = 0;
        structure++;
    }

    Set<T> view() {
        return new View();
    }

    @SuppressWarnings("unchecked")
    private T at(int i) {
        return (T) Objects.requireNonNull(elements[i]);
    }

    private int find(int hash, Object element) {
        int mask = elements.length - 1;
        if (mask < 0) {
            return -1;
        }
        int i = hash >>> shift;
        while (true) {
            Object present = elements[i];
            if (present == null) {
                return ~i;
            }
            if (hashes[i] == hash && element.equals(present)) {
                return i;
            }
            i = (i + 1) & mask;
        }
    }

    private void removeAt(int removed) {
        int mask = elements.length - 1;
        int hole = removed;
        for (int i = (hole + 1) & mask; elements[i] != null; i = (i + 1) & mask) {
            int home = hashes[i] >>> shift;
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                elements[hole] = elements[i];
                hashes[hole] = hashes[i];
                hole = i;
            }
        }
        elements[hole] = null;
        size--;
        structure++;
        if (size * 8L < elements.length && elements.length > CAPACITY_MIN) {
            resize(elements.length / 2);
        }
    }

    private void resize(int capacity) {
        @Nullable Object[] oldElements = elements;
        int[] oldHashes = hashes;
        elements = new @Nullable Object[capacity];
        hashes = new int[capacity];
        shift = Integer.numberOfLeadingZeros(capacity) + 1;
        int mask = capacity - 1;
        for (int from = 0; from < oldElements.length; from++) {
            if (oldElements[from] != null) {
                int to = oldHashes[from] >>> shift;
                while (elements[to] != null) {
                    to = (to + 1) & mask;
                }
                elements[to] = oldElements[from];
                hashes[to] = oldHashes[from];
            }
        }
    }

    private final class View extends AbstractSet<T> {

        @Override
        public int size() {
            return size;
        }

        @Override
        public boolean contains(@Nullable Object element) {
            return element != null && TimerIndex.this.contains(element);
        }

        @Override
        public Iterator<T> iterator() {
            return new Iterator<>() {
                private final int before = structure;
                private int next = occupied(0);

                @Override
                public boolean hasNext() {
                    return next < elements.length;
                }

                @Override
                public T next() {
                    if (structure != before) {
                        throw new ConcurrentModificationException("timers changed while iterating over a key group");
                    }
                    if (!hasNext()) {
                        throw new NoSuchElementException();
                    }
                    T element = at(next);
                    next = occupied(next + 1);
                    return element;
                }
            };
        }

        private int occupied(int from) {
            int i = from;
            while (i < elements.length && elements[i] == null) {
                i++;
            }
            return i;
        }
    }
}
