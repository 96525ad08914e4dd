package dev.weir.bench.limit;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Stream;
import java.util.Arrays;

/**
 * Sessions. The two batches of a block are each sorted by time and merged, so the only session of a key that can grow is its
 * last one. A ring of the coming ticks says when to look whether a session has ended; each key with a session is in it once.
 */
final class SessionLimit extends Events {
    private static final long GAP_MILLIS = 499;
    private static final long TICK = Stream.TICK_MILLIS;
    private static final int RING = 8; // ticks, more than a gap has
    /** Values of a key. */
    private static final int AFTER_LAST = 0; // time of the last event + 1; 0 without a session

    private static final int SUM = 1;
    private static final int COUNT = 2;

    private final LongTable table;
    private final long[][] due = new long[RING][16];
    private final int[] dueLength = new int[RING];
    private long now;

    SessionLimit(Stream input) {
        super(input);
        table = new LongTable(3, input.keys() / 2);
    }

    @Override
    long time(long i) {
        return input.evenTime(i);
    }

    @Override
    void consume(Batch first, Batch second) {
        long[] a = first.longs;
        long[] b = second.longs;
        int i = 0;
        int j = 0;
        while (i < first.length && j < second.length) {
            if (a[i + TIME] <= b[j + TIME]) {
                add(a[i + KEY], a[i + TIME], a[i + VALUE]);
                i += LONGS;
            } else {
                add(b[j + KEY], b[j + TIME], b[j + VALUE]);
                j += LONGS;
            }
        }
        for (; i < first.length; i += LONGS) {
            add(a[i + KEY], a[i + TIME], a[i + VALUE]);
        }
        for (; j < second.length; j += LONGS) {
            add(b[j + KEY], b[j + TIME], b[j + VALUE]);
        }
    }

    private void add(long key, long time, long value) {
        int at = table.find(key, Hash.mix(key));
        long[] cells = table.cells();
        if (cells[at + AFTER_LAST] == 0) {
            look(key, time);
        } else if (time - (cells[at + AFTER_LAST] - 1) > GAP_MILLIS) {
            end(key, cells, at);
        }
        cells[at + AFTER_LAST] = time + 1;
        cells[at + SUM] += value;
        cells[at + COUNT]++;
    }

    private void end(long key, long[] cells, int at) {
        emit(Hash.of(key, cells[at + SUM], cells[at + COUNT]));
        cells[at + AFTER_LAST] = 0;
        cells[at + SUM] = 0;
        cells[at + COUNT] = 0;
    }

    /** Puts a key into the tick at whose beginning a session that was last extended at a time can have ended. */
    private void look(long key, long lastTime) {
        int bucket = (int) ((lastTime + GAP_MILLIS + TICK - 1) / TICK % RING);
        if (dueLength[bucket] == due[bucket].length) {
            due[bucket] = Arrays.copyOf(due[bucket], 2 * dueLength[bucket]);
        }
        due[bucket][dueLength[bucket]++] = key;
    }

    @Override
    void advance(long time) {
        if (time == Long.MAX_VALUE) {
            table.forEach((key, cells, at) -> {
                if (cells[at + AFTER_LAST] != 0) {
                    end(key, cells, at);
                }
            });
            return;
        }
        while (now < time) {
            now += TICK;
            int bucket = (int) (now / TICK % RING);
            int length = dueLength[bucket];
            dueLength[bucket] = 0; // a session that goes on is put into another
            for (int i = 0; i < length; i++) {
                check(due[bucket][i]);
            }
        }
    }

    private void check(long key) {
        int at = table.find(key, Hash.mix(key));
        long[] cells = table.cells();
        long last = cells[at + AFTER_LAST] - 1;
        if (last + GAP_MILLIS <= now) {
            end(key, cells, at);
        } else {
            look(key, last);
        }
    }
}
