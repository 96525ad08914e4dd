package dev.weir.bench.limit;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Stream;

/** Interval join. Each key has two queues of (time, value); an event looks through the other side's and then joins its own. */
final class JoinLimit extends Events {
    private static final long BOUND_MILLIS = 500;

    private final LongTable ids = new LongTable(1, 1 << 10); // from key to id + 1
    private Queue[][] queues; // by side and id
    private int size;
    private long now;

    JoinLimit(Stream input) {
        super(input);
        queues = new Queue[2][input.keys()];
    }

    /** Both sides in one batch; the right stream is the second half of the sequence. */
    @Override
    void generate(long from, long end, Batch[] out) {
        long right = input.records() / 2;
        for (long i = from; i < end; i++) {
            hand(i, 0, out);
            hand(i + right, 1, out);
        }
    }

    private void hand(long i, int side, Batch[] out) {
        long key = input.key(i);
        out[owner(Hash.mix(key))].add(key << 1 | side, input.time(i), input.value(i));
    }

    @Override
    void consume(Batch batch) {
        long[] events = batch.longs;
        for (int i = 0; i < batch.length; i += LONGS) {
            int side = (int) events[i + KEY] & 1;
            long key = events[i + KEY] >>> 1;
            long time = events[i + TIME];
            long value = events[i + VALUE];
            int id = id(key);
            Queue others = queues[1 - side][id];
            others.dropBefore(now - BOUND_MILLIS);
            for (int at = others.head; at < others.tail; at += 2) {
                if (Math.abs(others.longs[at] - time) <= BOUND_MILLIS) {
                    long other = others.longs[at + 1];
                    emit(side == 0 ? Hash.of(key, value, other) : Hash.of(key, other, value));
                }
            }
            queues[side][id].add(time, value);
        }
    }

    private int id(long key) {
        int at = ids.find(key, Hash.mix(key));
        long[] cells = ids.cells();
        if (cells[at] == 0) {
            queues[0][size] = new Queue();
            queues[1][size] = new Queue();
            cells[at] = ++size;
        }
        return (int) cells[at] - 1;
    }

    @Override
    void advance(long time) {
        now = time;
    }

    /** Pairs of longs, the oldest first. */
    private static final class Queue {
        private long[] longs = new long[8];
        private int head;
        private int tail;

        void add(long time, long value) {
            if (tail == longs.length) {
                int length = tail - head;
                long[] to = length > longs.length / 2 ? new long[2 * longs.length] : longs;
                System.arraycopy(longs, head, to, 0, length);
                longs = to;
                head = 0;
                tail = length;
            }
            longs[tail++] = time;
            longs[tail++] = value;
        }

        void dropBefore(long time) {
            while (head < tail && longs[head] < time) {
                head += 2;
            }
        }
    }
}
