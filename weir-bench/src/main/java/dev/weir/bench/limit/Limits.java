package dev.weir.bench.limit;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Lines;
import dev.weir.bench.input.Order;
import dev.weir.bench.input.Stream;
import org.jspecify.annotations.Nullable;

/** The loops of the jobs without windows. */
public final class Limits {
    private Limits() {}

    /** Counts records by key and emits each new count. */
    public static Limit keyedCount(boolean skewed) {
        return TwoThreads.untimed(input -> skewed ? new SkewedCount(input) : new Count(input));
    }

    /** Six functions in one. */
    public static Limit stateless() {
        return TwoThreads.untimed(Stateless::new);
    }

    /** POJOs handed round robin to the other side. */
    public static Limit shuffle() {
        return TwoThreads.untimed(Shuffle::new);
    }

    /** Splits lines into words and counts each. */
    public static Limit wordCount() {
        return TwoThreads.untimed(input -> new Words());
    }

    /** Asks a function. */
    public static Limit asyncIo() {
        return TwoThreads.untimed(input -> new Questions());
    }

    private static class Count extends Half {
        final Stream input;
        private final LongTable counts;

        Count(Stream input) {
            this.input = input;
            counts = new LongTable(1, input.keys() / 2);
        }

        @Override
        void generate(long from, long end, Batch[] out) {
            for (long i = from; i < end; i++) {
                long key = input.key(i);
                out[owner(Hash.mix(key))].add(key);
            }
        }

        @Override
        void consume(Batch batch) {
            long[] keys = batch.longs;
            for (int i = 0; i < batch.length; i++) {
                long key = keys[i];
                int at = counts.find(key, Hash.mix(key));
                long count = ++counts.cells()[at];
                emit(Hash.of(key, count));
            }
        }
    }

    private static final class SkewedCount extends Count {
        SkewedCount(Stream input) {
            super(input);
        }

        @Override
        void generate(long from, long end, Batch[] out) {
            for (long i = from; i < end; i++) {
                long key = input.skewedKey(i);
                out[owner(Hash.mix(key))].add(key);
            }
        }
    }

    private static final class Stateless extends Half {
        private final Stream input;

        Stateless(Stream input) {
            this.input = input;
        }

        @Override
        void generate(long from, long end, Batch[] out) {
            for (long i = from; i < end; i++) {
                long key = input.key(i);
                long value = input.value(i);
                if (value % 8 == 0) {
                    continue;
                }
                value++;
                finish(key, i, value);
                if (key % 4 == 0) {
                    finish(key, i, -value);
                }
            }
        }

        private void finish(long key, long i, long value) {
            if (i % 4 != 3) {
                emit(Hash.of(key, Hash.mix(i), value));
            }
        }

        @Override
        void consume(Batch first, Batch second) {
            // nothing is handed over
        }
    }

    private static final class Shuffle extends Half {
        private final Stream input;

        Shuffle(Stream input) {
            this.input = input;
        }

        @Override
        void generate(long from, long end, Batch[] out) {
            for (long i = from; i < end; i++) {
                out[(int) (i & 1)].add(Order.at(input, i));
            }
        }

        @Override
        void consume(Batch batch) {
            for (int i = 0; i < batch.length; i++) {
                emit(((Order) batch.objects[i]).hash());
            }
        }
    }

    private static final class Words extends Half {
        private @Nullable String[] words = new String[1 << 10];
        private int[] counts = new int[1 << 10];
        private int size;

        @Override
        void generate(long from, long end, Batch[] out) {
            for (long i = from; i < end; i++) {
                String line = Lines.at(i);
                int start = 0;
                for (int space = line.indexOf(' '); space >= 0; space = line.indexOf(' ', start)) {
                    hand(line.substring(start, space), out);
                    start = space + 1;
                }
                hand(line.substring(start), out);
            }
        }

        private static void hand(String word, Batch[] out) {
            out[owner(Hash.mix(word.hashCode()))].add(word);
        }

        @Override
        void consume(Batch batch) {
            for (int i = 0; i < batch.length; i++) {
                String word = (String) batch.objects[i];
                int at = find(word);
                counts[at]++;
                emit(Hash.of(word.hashCode(), counts[at]));
            }
        }

        private int find(String word) {
            int mask = words.length - 1;
            int at = (int) Hash.mix(word.hashCode()) & mask;
            while (true) {
                String found = words[at];
                if (found == null) {
                    break;
                }
                if (found.equals(word)) {
                    return at;
                }
                at = (at + 1) & mask;
            }
            if (size > mask >>> 1) {
                grow();
                return find(word);
            }
            size++;
            words[at] = word;
            return at;
        }

        private void grow() {
            @Nullable String[] oldWords = words;
            int[] oldCounts = counts;
            words = new String[2 * oldWords.length];
            counts = new int[words.length];
            size = 0;
            for (int i = 0; i < oldWords.length; i++) {
                String word = oldWords[i];
                if (word != null) {
                    counts[find(word)] = oldCounts[i];
                }
            }
        }
    }

    private static final class Questions extends Half {
        @Override
        void generate(long from, long end, Batch[] out) {
            for (long i = from; i < end; i++) {
                emit(Hash.of(i, Hash.mix(i)));
            }
        }

        @Override
        void consume(Batch first, Batch second) {
            // nothing is handed over
        }
    }
}
