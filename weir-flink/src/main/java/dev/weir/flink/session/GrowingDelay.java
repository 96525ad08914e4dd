package dev.weir.flink.session;

import dev.weir.flink.twin.Internals;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.flink.runtime.executiongraph.failover.ExponentialDelayRestartBackoffTimeStrategy;
import org.apache.flink.runtime.executiongraph.failover.RestartBackoffTimeStrategy;

/**
 * Flink's strategy {@code exponential-delay} for any number of attempts. Flink's own computes with milliseconds that overflow
 * after some ninety attempts by default: it then waits for the initial delay only, or, with a jitter of 1, throws.
 */
final class GrowingDelay implements RestartBackoffTimeStrategy {
    // above every wait, and far enough from overflow to have a jitter on top
    private static final double DELAY_MILLIS_MAX = 1L << 60;

    private final long initialMillis;
    private final long maxMillis;
    private final double multiplier;
    private final long resetMillis;
    private final double jitter;
    private final int attemptsMax;
    private final LongSupplier epochMillis;
    private final RandomGenerator random;
    private int attempt;
    private boolean failed;
    private long nextMillis;

    /** @param flinks says what is configured, and is not asked for anything else */
    GrowingDelay(ExponentialDelayRestartBackoffTimeStrategy flinks, LongSupplier epochMillis, RandomGenerator random) {
        this.initialMillis = configured(flinks, "initialBackoffMS");
        this.maxMillis = configured(flinks, "maxBackoffMS");
        this.multiplier = configured(flinks, "backoffMultiplier");
        this.resetMillis = configured(flinks, "resetBackoffThresholdMS");
        this.jitter = configured(flinks, "jitterFactor");
        this.attemptsMax = configured(flinks, "attemptsBeforeResetBackoff");
        this.epochMillis = epochMillis;
        this.random = random;
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // the field says what type it has
    private static <T> T configured(ExponentialDelayRestartBackoffTimeStrategy flinks, String field) {
        return Internals.read(ExponentialDelayRestartBackoffTimeStrategy.class, field, flinks);
    }

    @Override
    public boolean canRestart() {
        return attempt <= attemptsMax;
    }

    @Override
    public long getBackoffTime() {
        return Math.max(0, nextMillis - epochMillis.getAsLong());
    }

    @Override
    public boolean notifyFailure(Throwable cause) {
        long now = epochMillis.getAsLong();
        if (failed && now <= nextMillis) {
            // part of the attempt that is still to come
            return false;
        }
        if (!failed || now - nextMillis >= resetMillis) {
            attempt = 0;
        }
        failed = true;
        nextMillis = now + delayMillis();
        if (attempt < Integer.MAX_VALUE) {
            attempt++;
        }
        return true;
    }

    private long delayMillis() {
        long delay = (long) Math.min(initialMillis * Math.pow(multiplier, attempt), DELAY_MILLIS_MAX);
        long most = (long) (delay * jitter);
        long offset = most == 0 ? 0 : random.nextLong(-most, most + 1);
        return Math.max(initialMillis, Math.min(delay + offset, maxMillis));
    }

    /** As Flink's, since it is what people are told. */
    @Override
    public String toString() {
        return "ExponentialDelayRestartBackoffTimeStrategy(initialBackoffMS=" + initialMillis
                + ", maxBackoffMS=" + maxMillis
                + ", backoffMultiplier=" + multiplier
                + ", resetBackoffThresholdMS=" + resetMillis
                + ", jitterFactor=" + jitter
                + ", attemptsBeforeResetBackoff=" + attemptsMax
                + ", currentRestartAttempt=" + attempt
                + ", nextRestartTimestamp=" + nextMillis
                + ")";
    }
}
