package dev.weir.engine.exchange;

import java.util.OptionalInt;

/**
 * The size of batches with which all that is in flight is consumed in the target time: an exponential moving mean of what the
 * throughput asks for, which grows no faster than it shrinks. The rules are those of Flink's debloater. Owned by one thread.
 */
public final class Debloater {
    private static final long MILLIS_PER_SECOND = 1000;

    private final Debloating settings;
    private final int maxBytes;
    private final double weight;
    private double mean;
    private int current;

    /**
     * Starts at the settings' first size.
     *
     * @param maxBytes the largest size
     */
    public Debloater(Debloating settings, int maxBytes) {
        this.settings = settings;
        this.maxBytes = maxBytes;
        this.weight = 2.0 / (settings.samples() + 1);
        this.current = Math.min(settings.startBytes(), maxBytes);
        this.mean = current;
    }

    /** The size of batches now. */
    public int bytes() {
        return current;
    }

    /**
     * Looks at the throughput once more.
     *
     * @param batches in flight
     * @return the new size where it is another
     */
    public OptionalInt resize(long bytesPerSecond, int batches) {
        long wanted = bytesPerSecond * settings.targetMillis() / MILLIS_PER_SECOND;
        mean += weight * (Math.min((double) wanted / Math.max(1, batches), 2 * mean) - mean);
        mean = Math.max(settings.minBytes(), Math.min(mean, maxBytes));
        int next = (int) Math.round(mean);
        if (isLikeNow(next)) {
            return OptionalInt.empty();
        }
        current = next;
        return OptionalInt.of(next);
    }

    /** The bounds are reached exactly, however small the step. */
    private boolean isLikeNow(int next) {
        boolean bound = next <= settings.minBytes() || next >= maxBytes;
        int step = (int) (current * (settings.thresholdPercent() / 100.0));
        return next == current || (!bound && Math.abs(next - current) < step);
    }
}
