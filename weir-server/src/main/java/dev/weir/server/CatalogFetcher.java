package dev.weir.server;

import dev.weir.flink.metric.MetricCatalog;
import java.time.Duration;
import org.apache.flink.runtime.rest.handler.legacy.metrics.MetricFetcher;
import org.apache.flink.runtime.rest.handler.legacy.metrics.MetricStore;

/**
 * Hands the metrics of the process to Flink's handlers, which ask for them before each answer. They are read anew when the
 * last reading is old enough. Thread-safe.
 */
final class CatalogFetcher implements MetricFetcher {
    private final MetricCatalog catalog;
    private final long intervalNanos;
    private volatile MetricStore store = new MetricStore();
    private volatile long readMillis;
    private long readNanos;

    CatalogFetcher(MetricCatalog catalog, Duration interval) {
        this.catalog = catalog;
        this.intervalNanos = interval.toNanos();
        this.readNanos = System.nanoTime() - intervalNanos;
    }

    @Override
    public MetricStore getMetricStore() {
        return store;
    }

    @Override
    public synchronized void update() {
        long now = System.nanoTime();
        if (now - readNanos >= intervalNanos) {
            readNanos = now;
            store = catalog.store();
            readMillis = System.currentTimeMillis();
        }
    }

    @Override
    public long getLastUpdateTime() {
        return readMillis;
    }
}
