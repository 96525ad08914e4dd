package dev.weir.bench.limit;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Stream;
import java.util.Arrays;

/**
 * The loops of the jobs in event time. The two halves go through it together, and every window ends between two blocks: so
 * only one tumbling window is open at a time, and no watermark has to be merged.
 */
public final class WindowLimits {
    private WindowLimits() {}

    /** Sum and number of the values of each key in each second. */
    public static Limit tumbling() {
        return TwoThreads.timed(SumsOfSecond::new);
    }

    /** Latest time and sum of the values of each key in ten seconds. */
    public static Limit tumblingReduce() {
        return TwoThreads.timed(LatestAndSum::new);
    }

    /** Sum and number of the values of each key in ten seconds, each two seconds. */
    public static Limit sliding() {
        return TwoThreads.timed(Sliding::new);
    }

    /** The values of each key and second in a list: their sum and number. */
    public static Limit listTimers() {
        return TwoThreads.timed(ListSums::new);
    }

    /** The values of each key and second in a list: how far they are apart. */
    public static Limit windowList() {
        return TwoThreads.timed(ListRange::new);
    }

    /** Number of events of each key and second. */
    public static Limit mapTimers() {
        return TwoThreads.timed(CountsOfSecond::new);
    }

    /** Sum and number of the values between two gaps of half a second. */
    public static Limit sessions() {
        return TwoThreads.timed(SessionLimit::new);
    }

    /** Pairs of one key with at most half a second between them. */
    public static Limit intervalJoin() {
        return TwoThreads.timed(JoinLimit::new);
    }

    /** One table, emptied at the end of each window. */
    private abstract static class Tumbling extends Events {
        final LongTable table;
        private final long windowMillis;
        private long lastMilli;

        Tumbling(Stream input, int values, long windowMillis) {
            super(input);
            this.windowMillis = windowMillis;
            table = new LongTable(values, input.keys() / 2);
        }

        @Override
        final void consume(Batch batch) {
            long[] events = batch.longs;
            for (int i = 0; i < batch.length; i += LONGS) {
                long key = events[i + KEY];
                add(table.find(key, Hash.mix(key)), events[i + TIME], events[i + VALUE]);
            }
            if (batch.length > 0) {
                long time = events[TIME];
                lastMilli = time - time % windowMillis + windowMillis - 1;
            }
        }

        @Override
        final void advance(long time) {
            if (time % windowMillis == 0 || time == Long.MAX_VALUE) {
                table.drain((key, cells, at) -> fire(key, cells, at, lastMilli));
                fired();
            }
        }

        /** Adds to the values at a place in the table. */
        abstract void add(int at, long time, long value);

        /** Emits the result of a key. */
        abstract void fire(long key, long[] cells, int at, long lastMilli);

        /** All keys of a window have fired. */
        void fired() {
            // the table is all there is
        }
    }

    private static final class SumsOfSecond extends Tumbling {
        SumsOfSecond(Stream input) {
            super(input, 2, 1_000);
        }

        @Override
        void add(int at, long time, long value) {
            table.cells()[at] += value;
            table.cells()[at + 1]++;
        }

        @Override
        void fire(long key, long[] cells, int at, long lastMilli) {
            emit(Hash.of(key, cells[at], cells[at + 1]));
        }
    }

    private static final class LatestAndSum extends Tumbling {
        LatestAndSum(Stream input) {
            super(input, 2, 10_000);
        }

        @Override
        void add(int at, long time, long value) {
            table.cells()[at] = Math.max(table.cells()[at], time);
            table.cells()[at + 1] += value;
        }

        @Override
        void fire(long key, long[] cells, int at, long lastMilli) {
            emit(Hash.of(key, cells[at], cells[at + 1]));
        }
    }

    private static final class CountsOfSecond extends Tumbling {
        CountsOfSecond(Stream input) {
            super(input, 1, 1_000);
        }

        @Override
        void add(int at, long time, long value) {
            table.cells()[at]++;
        }

        @Override
        void fire(long key, long[] cells, int at, long lastMilli) {
            emit(Hash.of(key, lastMilli, cells[at]));
        }
    }

    /** The values of a window in one array, those of a key linked by place. */
    private abstract static class Lists extends Tumbling {
        private long[] values = new long[1 << 14];
        private int[] previous = new int[1 << 14];
        private int length = 1; // place 0 is the end of each list

        Lists(Stream input) {
            super(input, 1, 1_000);
        }

        @Override
        final void add(int at, long time, long value) {
            if (length == values.length) {
                values = Arrays.copyOf(values, 2 * length);
                previous = Arrays.copyOf(previous, 2 * length);
            }
            values[length] = value;
            previous[length] = (int) table.cells()[at];
            table.cells()[at] = length++;
        }

        final long value(int place) {
            return values[place];
        }

        final int previous(int place) {
            return previous[place];
        }

        @Override
        final void fired() {
            length = 1;
        }
    }

    private static final class ListSums extends Lists {
        ListSums(Stream input) {
            super(input);
        }

        @Override
        void fire(long key, long[] cells, int at, long lastMilli) {
            long sum = 0;
            long count = 0;
            for (int place = (int) cells[at]; place != 0; place = previous(place)) {
                sum += value(place);
                count++;
            }
            emit(Hash.of(key, sum, count));
        }
    }

    private static final class ListRange extends Lists {
        ListRange(Stream input) {
            super(input);
        }

        @Override
        void fire(long key, long[] cells, int at, long lastMilli) {
            long least = Long.MAX_VALUE;
            long greatest = Long.MIN_VALUE;
            for (int place = (int) cells[at]; place != 0; place = previous(place)) {
                least = Math.min(least, value(place));
                greatest = Math.max(greatest, value(place));
            }
            emit(Hash.of(key, lastMilli, greatest - least));
        }
    }

    /** Sums by slice of two seconds, five of them in a ring for each key; a window is the five up to a slice. */
    private static final class Sliding extends Events {
        private static final long SLICE_MILLIS = 2_000;
        private static final int SLICES = 5;

        private final LongTable table;
        private long slice;

        Sliding(Stream input) {
            super(input);
            table = new LongTable(2 * SLICES, input.keys() / 2);
        }

        @Override
        void consume(Batch batch) {
            if (batch.length == 0) {
                return;
            }
            long[] events = batch.longs;
            slice = events[TIME] / SLICE_MILLIS; // no block reaches into two
            int offset = 2 * (int) (slice % SLICES);
            for (int i = 0; i < batch.length; i += LONGS) {
                long key = events[i + KEY];
                int at = table.find(key, Hash.mix(key)) + offset;
                table.cells()[at] += events[i + VALUE];
                table.cells()[at + 1]++;
            }
        }

        @Override
        void advance(long time) {
            if (time == Long.MAX_VALUE) {
                for (int i = 0; i < SLICES; i++) {
                    fire(slice + i);
                }
            } else if (time % SLICE_MILLIS == 0) {
                fire(time / SLICE_MILLIS - 1);
            }
        }

        private void fire(long lastSlice) {
            int oldest = 2 * (int) ((lastSlice + 1) % SLICES);
            table.forEach((key, cells, at) -> {
                long sum = 0;
                long count = 0;
                for (int i = 0; i < 2 * SLICES; i += 2) {
                    sum += cells[at + i];
                    count += cells[at + i + 1];
                }
                if (count > 0) {
                    emit(Hash.of(key, sum, count));
                }
                cells[at + oldest] = 0;
                cells[at + oldest + 1] = 0;
            });
        }
    }
}
