package dev.weir.bench.limit;

import dev.weir.bench.input.Hash;
import java.util.Arrays;

/**
 * From a key to some longs, by open addressing: a key and its values lie side by side in one array, so a lookup costs one
 * cache miss. Values of a new key are 0.
 */
final class LongTable {
    private static final long EMPTY = Long.MIN_VALUE;

    private final int stride;
    private long[] cells;
    private int mask;
    private int size;

    /**
     * @param values how many a key has
     * @param capacity keys that fit before it grows
     */
    LongTable(int values, int capacity) {
        stride = Integer.highestOneBit(values)
                << 1; // the key and its values, as a power of two: no entry is cut by a cache line
        allocate(Integer.highestOneBit(Math.max(8, capacity)) << 2);
    }

    private void allocate(int entries) {
        cells = new long[Math.multiplyExact(entries, stride)];
        mask = entries - 1;
        size = 0;
        for (int at = 0; at < cells.length; at += stride) {
            cells[at] = EMPTY;
        }
    }

    /** Where the values of a key begin in {@link #cells()}, until the next call. */
    int find(long key, long mixedKey) {
        int entry = (int) mixedKey & mask;
        while (true) {
            int at = entry * stride;
            long found = cells[at];
            if (found == key) {
                return at + 1;
            }
            if (found == EMPTY) {
                return insert(at, key, mixedKey);
            }
            entry = (entry + 1) & mask;
        }
    }

    private int insert(int at, long key, long mixedKey) {
        if (size > mask >>> 1) {
            grow();
            return find(key, mixedKey);
        }
        size++;
        cells[at] = key;
        return at + 1;
    }

    private void grow() {
        long[] old = cells;
        allocate(2 * (mask + 1));
        for (int at = 0; at < old.length; at += stride) {
            if (old[at] != EMPTY) {
                int to = find(old[at], Hash.mix(old[at]));
                System.arraycopy(old, at + 1, cells, to, stride - 1);
            }
        }
    }

    long[] cells() {
        return cells;
    }

    /** What is done with an entry. */
    interface Visitor {
        /** The values of the key begin at {@code at} in {@code cells}. */
        void visit(long key, long[] cells, int at);
    }

    /** Hands every entry out. */
    void forEach(Visitor visitor) {
        for (int at = 0; at < cells.length; at += stride) {
            if (cells[at] != EMPTY) {
                visitor.visit(cells[at], cells, at + 1);
            }
        }
    }

    /** Hands every entry out and leaves the table empty. */
    void drain(Visitor visitor) {
        for (int at = 0; at < cells.length; at += stride) {
            if (cells[at] != EMPTY) {
                visitor.visit(cells[at], cells, at + 1);
                cells[at] = EMPTY;
                Arrays.fill(cells, at + 1, at + stride, 0L);
            }
        }
        size = 0;
    }
}
