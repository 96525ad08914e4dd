package dev.weir.flink.twin;

import org.apache.flink.util.ExceptionUtils;

/** Template. */
final class CollectorToLink extends LinkCollector {
    private final Link next;
    private long timestamp;

    CollectorToLink(Link next) {
        this.next = next;
    }

    @Override
    public void timestamp(long newTimestamp) {
        timestamp = newTimestamp;
    }

    @Override
    public long timestamp() {
        return timestamp;
    }

    @Override
    public void collect(Object value) {
        try {
            next.accept(value, timestamp);
        } catch (Exception e) {
            // outputs throw what Collector may throw; the type system does not know
            ExceptionUtils.rethrow(e);
        }
    }
}
