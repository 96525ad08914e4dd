package dev.weir.bench.limit;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Stream;

/** The loops of the jobs in event time. */
public final class WindowLimits {
    private WindowLimits() {}

    /** Sum and number of the values of each key in each window. */
    public static Limit tumbling(int windowMillis) {
        return TwoThreads.timed(input -> new Tumbling(input, windowMillis));
    }

    /** Generates (key, time, value). */
    private abstract static class Events extends Half {
        final Stream input;

        Events(Stream input) {
            this.input = input;
        }

        @Override
        void generate(long from, long end, Batch[] out) {
            for (long i = from; i < end; i++) {
                long key = input.key(i);
                out[owner(Hash.mix(key))].add(key, input.time(i), input.value(i));
            }
        }
    }

    /** One table, since the two halves go through time together and a window ends between two blocks. */
    private static final class Tumbling extends Events {
        private final LongTable sums;
        private final int windowMillis;

        Tumbling(Stream input, int windowMillis) {
            super(input);
            this.windowMillis = windowMillis;
            sums = new LongTable(2, input.keys() / 2);
        }

        @Override
        void consume(Batch batch) {
            long[] events = batch.longs;
            for (int i = 0; i < batch.length; i += 3) {
                long key = events[i];
                int at = sums.find(key, Hash.mix(key));
                sums.cells()[at] += events[i + 2];
                sums.cells()[at + 1]++;
            }
        }

        @Override
        void advance(long time) {
            if (time % windowMillis == 0 || time == Long.MAX_VALUE) {
                sums.drain((key, cells, at) -> emit(Hash.of(key, cells[at], cells[at + 1])));
            }
        }
    }
}
