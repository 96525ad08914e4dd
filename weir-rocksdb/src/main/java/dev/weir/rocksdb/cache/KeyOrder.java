package dev.weir.rocksdb.cache;

/**
 * Rows in the order of their keys, bytes being unsigned. A radix sort of eight bytes of all keys at a time, which leaves out
 * bytes that are the same in all: a comparison of two rows is as many accesses to memory that is far away.
 */
final class KeyOrder {

    private static final int DIGITS = Long.BYTES;
    private static final int VALUES = 256;

    /** As few are sorted by comparisons. */
    private static final int FEW = 32;

    private final Rows rows;
    private final int[] order;
    private final long[] chunks;
    private final long[] chunksTo;
    private final int[] orderTo;

    private KeyOrder(Rows rows, int[] order) {
        this.rows = rows;
        this.order = order;
        this.chunks = new long[order.length];
        this.chunksTo = new long[order.length];
        this.orderTo = new int[order.length];
    }

    /** Some rows, whose keys all differ, in order. */
    static int[] sorted(Rows rows, int[] some) {
        KeyOrder sort = new KeyOrder(rows, some.clone());
        sort.sort(0, some.length, 0);
        return sort.order;
    }

    /** Sorts a stretch of rows whose keys are the same before a byte. */
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
                chunks[i] = rows.chunk(order[i], at);
                differ |= chunks[i] != chunks[from];
                longest = Math.max(longest, rows.keyLength(order[i]));
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
            int hole = i;
            for (; hole > from && rows.compareKeys(order[hole - 1], moved) > 0; hole--) {
                order[hole] = order[hole - 1];
            }
            order[hole] = moved;
        }
    }
}
