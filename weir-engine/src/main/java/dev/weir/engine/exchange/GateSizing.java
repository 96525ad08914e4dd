package dev.weir.engine.exchange;

/** Sets the size of batches of a gate's channels by what its task consumes. Owned by the task's thread. */
final class GateSizing {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long MILLIS_PER_SECOND = 1_000;

    private final Channel[] channels;
    private final long periodNanos;
    private final Debloater debloater;
    private boolean started;
    private long lastNanos;
    private long lastIdleNanos;
    private long lastBytes;
    private long bytesPerSecond;
    private volatile int bytes;
    private volatile long millisToConsume;

    GateSizing(Channel[] channels, Debloating settings, int maxBytes) {
        this.channels = channels;
        this.periodNanos = settings.periodMillis() * NANOS_PER_MILLI;
        this.debloater = new Debloater(settings, maxBytes);
        resize(debloater.bytes());
    }

    /** Time without anything to read says nothing about the throughput; time held back by an output does, as in Flink. */
    void look(long nowNanos, long idleNanos) {
        if (!started) {
            started = true;
            lastNanos = nowNanos;
            lastIdleNanos = idleNanos;
            return;
        }
        long elapsed = nowNanos - lastNanos;
        if (elapsed < periodNanos) {
            return;
        }
        long consumed = 0;
        int batches = 0;
        for (Channel channel : channels) {
            consumed += channel.consumedBytes();
            batches += channel.batchesInFlight();
        }
        long activeMillis = (elapsed - (idleNanos - lastIdleNanos)) / NANOS_PER_MILLI;
        if (activeMillis > 0) {
            bytesPerSecond = (long) ((double) (consumed - lastBytes) / activeMillis * MILLIS_PER_SECOND);
        }
        lastNanos = nowNanos;
        lastIdleNanos = idleNanos;
        lastBytes = consumed;
        debloater.resize(bytesPerSecond, batches).ifPresent(this::resize);
        millisToConsume = (long) debloater.bytes() * batches * MILLIS_PER_SECOND / Math.max(1, bytesPerSecond);
    }

    private void resize(int size) {
        bytes = size;
        for (Channel channel : channels) {
            channel.resize(size);
        }
    }

    int bytes() {
        return bytes;
    }

    long millisToConsume() {
        return millisToConsume;
    }
}
