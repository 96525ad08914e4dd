package dev.weir.bench.measure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What the results of the paced run in this JVM took from the moment at which the record that caused them was to be sent.
 * So a source that is held up makes latencies longer, not fewer (Tene, "coordinated omission"). Thread-safe.
 */
public final class Latencies {
    private static final Latencies RUN = new Latencies();
    private static final int SIGNIFICANT_DIGITS = 3;

    private Histogram all = new Histogram(SIGNIFICANT_DIGITS);
    private long startNanos;
    private boolean started;

    /** The latencies of this JVM's run. */
    public static Latencies ofRun() {
        return RUN;
    }

    /** To be called before a run. */
    public synchronized void expect() {
        all = new Histogram(SIGNIFICANT_DIGITS);
        started = false;
    }

    /** When the first record was to be sent, of {@link System#nanoTime()}: when this is first asked for. */
    public synchronized long startNanos() {
        if (!started) {
            startNanos = System.nanoTime();
            started = true;
        }
        return startNanos;
    }

    /** A histogram for one thread's nanoseconds. */
    public static Histogram histogram() {
        return new Histogram(SIGNIFICANT_DIGITS);
    }

    /** Those of one thread that has ended. */
    public synchronized void add(Histogram nanos) {
        all.add(nanos);
    }

    /** Quantiles in milliseconds by name. */
    public synchronized Map<String, Double> quantilesMillis() {
        Map<String, Double> quantiles = new LinkedHashMap<>();
        for (String percent : List.of("50", "99", "99.9", "99.99")) {
            quantiles.put("p" + percent, millis(all.getValueAtPercentile(Double.parseDouble(percent))));
        }
        quantiles.put("max", millis(all.getMaxValue()));
        return quantiles;
    }

    private static double millis(long nanos) {
        return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
}
