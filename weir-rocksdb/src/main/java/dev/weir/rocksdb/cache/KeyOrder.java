package dev.weir.rocksdb.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Entries in the order of their keys, bytes being unsigned. A radix sort of eight bytes of all keys at a time, which leaves out
 * bytes that are the same in all: a comparison of two entries is as many accesses to memory that is far away.
 */
final class KeyOrder {

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int DIGITS = Long.BYTES;
    private static final int VALUES = 256;

    /** As few are sorted by comparisons. */
    private static final int FEW = 32;

    private final Entry[] entries;
    private final long[] chunks;
    private final int[] order;
    private final long[] chunksTo;
    private final int[] orderTo;

    private KeyOrder(Entry[] entries) {
        this.entries = entries;
        this.chunks = new long[entries.length];
        this.order = new int[entries.length];
        this.chunksTo = new long[entries.length];
        this.orderTo = new int[entries.length];
    }

    /** The entries, whose keys all differ, in order. */
    static Entry[] sorted(Entry[] entries) {
        if (entries.length <= FEW) {
            Arrays.sort(entries, (a, b) -> Arrays.compareUnsigned(a.key, b.key));
            return entries;
        }
        KeyOrder sort = new KeyOrder(entries);
        for (int i = 0; i < entries.length; i++) {
            sort.order[i] = i;
        }
        sort.sort(0, entries.length, 0);
        Entry[] sorted = new Entry[entries.length];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = entries[sort.order[i]];
        }
        return sorted;
    }

    /** Sorts a stretch of entries whose keys are the same before a byte. */
    private void sort(int from, int to, int same) {
        if (to - from <= FEW) {
            insert(from, to);
            return;
        }
        int at = same;
        int longest = 0;
        while (true) {
            boolean differ = false;
            for (int i = from; i < to; i++) {
                byte[] key = entries[order[i]].key;
                chunks[i] = chunk(key, at);
                differ |= chunks[i] != chunks[from];
                longest = Math.max(longest, key.length);
            }
            if (differ || at + DIGITS >= longest) {
                break;
            }
            at += DIGITS;
        }
        radix(from, to);
        for (int i = from; i < to; ) {
            int end = i + 1;
            while (end < to && chunks[end] == chunks[i]) {
                end++;
            }
            if (end - i > 1) {
                if (at + DIGITS >= longest) {
                    insert(i, end); // differ in how many zeros they end with
                } else {
                    sort(i, end, at + DIGITS);
                }
            }
            i = end;
        }
    }

    /** Eight bytes of a key, zeros behind its end. */
    private static long chunk(byte[] key, int at) {
        if (at + DIGITS <= key.length) {
            return (long) WORDS.get(key, at);
        }
        long chunk = 0;
        for (int i = at; i < at + DIGITS; i++) {
            chunk = (chunk << Byte.SIZE) | (i < key.length ? key[i] & 0xff : 0);
        }
        return chunk;
    }

    /** Sorts a stretch by its chunks, from their last byte to their first. */
    private void radix(int from, int to) {
        int[][] counts = new int[DIGITS][VALUES];
        for (int i = from; i < to; i++) {
            long chunk = chunks[i];
            for (int digit = 0; digit < DIGITS; digit++) {
                counts[digit][value(chunk, digit)]++;
            }
        }
        for (int digit = 0; digit < DIGITS; digit++) {
            int[] places = counts[digit];
            if (places[value(chunks[from], digit)] == to - from) {
                continue;
            }
            int place = from;
            for (int value = 0; value < VALUES; value++) {
                int count = places[value];
                places[value] = place;
                place += count;
            }
            for (int i = from; i < to; i++) {
                int next = places[value(chunks[i], digit)]++;
                chunksTo[next] = chunks[i];
                orderTo[next] = order[i];
            }
            System.arraycopy(chunksTo, from, chunks, from, to - from);
            System.arraycopy(orderTo, from, order, from, to - from);
        }
    }

    private static int value(long chunk, int digit) {
        return (int) (chunk >>> (digit * Byte.SIZE)) & 0xff;
    }

    private void insert(int from, int to) {
        for (int i = from + 1; i < to; i++) {
            int moved = order[i];
            byte[] key = entries[moved].key;
            int hole = i;
            for (; hole > from && Arrays.compareUnsigned(entries[order[hole - 1]].key, key) > 0; hole--) {
                order[hole] = order[hole - 1];
            }
            order[hole] = moved;
        }
    }
}
