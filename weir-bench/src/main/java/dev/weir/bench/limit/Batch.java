package dev.weir.bench.limit;

import java.util.Arrays;

/** Records of primitives, one after the other, on their way to the thread that owns their keys. Filled by one thread, then read by one. */
final class Batch {
    long[] longs = new long[1 << 12];
    Object[] objects = new Object[0];
    int length;

    void clear() {
        length = 0;
    }

    void add(long a) {
        reserve(1);
        longs[length++] = a;
    }

    void add(long a, long b) {
        reserve(2);
        longs[length++] = a;
        longs[length++] = b;
    }

    void add(long a, long b, long c) {
        reserve(3);
        longs[length++] = a;
        longs[length++] = b;
        longs[length++] = c;
    }

    void add(Object object) {
        if (length == objects.length) {
            objects = Arrays.copyOf(objects, Math.max(1 << 10, 2 * length));
        }
        objects[length++] = object;
    }

    private void reserve(int more) {
        if (length + more > longs.length) {
            longs = Arrays.copyOf(longs, 2 * longs.length);
        }
    }
}
