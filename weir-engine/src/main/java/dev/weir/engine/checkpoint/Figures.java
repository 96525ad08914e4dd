package dev.weir.engine.checkpoint;

import java.util.Arrays;

/**
 * Least, greatest and average of all values of a measure, and quantiles of the latest of them. Immutable, zeros where there
 * is no value.
 */
public final class Figures {

    /** How many values quantiles are taken of, as in Flink. */
    static final int WINDOW = 10_000;

    private final long count;
    private final long min;
    private final long max;
    private final long sum;
    private final long[] sorted;

    private Figures(long count, long min, long max, long sum, long[] window) {
        this.count = count;
        this.min = min;
        this.max = max;
        this.sum = sum;
        this.sorted = window;
        Arrays.sort(sorted);
    }

    /** The figures of some values. */
    public static Figures of(long[] values) {
        Collector collector = new Collector(Math.max(1, values.length));
        for (long value : values) {
            collector.add(value);
        }
        return collector.figures();
    }

    public long count() {
        return count;
    }

    public long min() {
        return min;
    }

    public long max() {
        return max;
    }

    public long sum() {
        return sum;
    }

    /** Rounded down. */
    public long average() {
        return count == 0 ? 0 : sum / count;
    }

    /** The value below which a share of the values lies, between 0 and 1; interpolated as Flink's histograms are. */
    public double quantile(double share) {
        if (sorted.length == 0) {
            return 0;
        }
        double position = share * (sorted.length + 1);
        int below = (int) position;
        if (below < 1) {
            return sorted[0];
        }
        if (below >= sorted.length) {
            return sorted[sorted.length - 1];
        }
        return sorted[below - 1] + (position - below) * (sorted[below] - sorted[below - 1]);
    }

    /** The values that quantiles are taken of, ascending; a copy. */
    public long[] latest() {
        return sorted.clone();
    }

    @Override
    public String toString() {
        return "count=" + count + " min=" + min + " avg=" + average() + " max=" + max;
    }

    /** Takes values one by one. One thread at a time. */
    static final class Collector {
        private final int windowMax;
        private long[] window = new long[16];
        private long count;
        private long min;
        private long max;
        private long sum;

        Collector(int windowMax) {
            this.windowMax = windowMax;
        }

        void add(long value) {
            min = count == 0 ? value : Math.min(min, value);
            max = count == 0 ? value : Math.max(max, value);
            sum += value;
            int at = (int) (count % windowMax);
            if (at >= window.length) {
                window = Arrays.copyOf(window, Math.min(windowMax, window.length * 2));
            }
            window[at] = value;
            count++;
        }

        Figures figures() {
            return new Figures(count, min, max, sum, Arrays.copyOf(window, (int) Math.min(count, windowMax)));
        }
    }
}
