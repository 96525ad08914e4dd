package dev.weir.rocksdb.cache;

/**
 * Rows in the order of their keys, bytes being unsigned. A radix sort of eight bytes of all keys at a time, which leaves out
 * bytes that are the same in all of them: a comparison of two rows is as many accesses to memory that is far away.
 */
final class KeyOrder {

    private static final int DIGITS = Long.BYTES;
    private static final int LAST = DIGITS - 1;
    private static final int VALUES = 256;

    /** Bytes of a key that are looked at together. */
    private static final int WINDOW = 2 * DIGITS;

    private static final int NOTHING = -1;
    private static final int EVERYTHING = Integer.MAX_VALUE;

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

    /** Sorts a stretch of rows whose keys are the same before a byte, a multiple of eight. */
    private void sort(int from, int to, int same) {
        if (to - from <= FEW) {
            insert(from, to);
            return;
        }
        int at = same;
        int end = pack(from, to, at);
        while (end == NOTHING) {
            at += WINDOW;
            end = pack(from, to, at);
        }
        radix(from, to);
        for (int i = from; i < to; ) {
            int next = i + 1;
            while (next < to && chunks[next] == chunks[i]) {
                next++;
            }
            if (next - i > 1) {
                if (end == EVERYTHING) {
                    insert(i, next); // differ in how many zeros they end with
                } else {
                    sort(i, next, end);
                }
            }
            i = next;
        }
    }

    /**
     * Makes chunks of the first eight bytes, of sixteen, that are not the same in all rows of a stretch.
     *
     * @return from where on keys have to be looked at that have the same chunk
     */
    private int pack(int from, int to, int at) {
        long differ = 0;
        long differNext = 0;
        int longest = 0;
        for (int i = from; i < to; i++) {
            int row = order[i];
            chunks[i] = rows.chunk(row, at);
            chunksTo[i] = rows.chunk(row, at + DIGITS);
            differ |= chunks[i] ^ chunks[from];
            differNext |= chunksTo[i] ^ chunksTo[from];
            longest = Math.max(longest, rows.keyLength(row));
        }
        if ((differ | differNext) == 0 && at + WINDOW < longest) {
            return NOTHING;
        }
        int[] packed = new int[DIGITS];
        int count = 0;
        for (int place = 0; place < WINDOW; place++) {
            if (value(place < DIGITS ? differ : differNext, LAST - place % DIGITS) != 0) {
                if (count == DIGITS) {
                    pack(from, to, packed, count);
                    return at + DIGITS; // of the second eight bytes some are in the chunks, and the same in such rows
                }
                packed[count++] = place;
            }
        }
        pack(from, to, packed, count);
        return at + WINDOW < longest ? at + WINDOW : EVERYTHING;
    }

    private void pack(int from, int to, int[] places, int count) {
        for (int i = from; i < to; i++) {
            long chunk = 0;
            for (int j = 0; j < count; j++) {
                long bytes = places[j] < DIGITS ? chunks[i] : chunksTo[i];
                chunk = (chunk << Byte.SIZE) | value(bytes, LAST - places[j] % DIGITS);
            }
            chunks[i] = chunk;
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
