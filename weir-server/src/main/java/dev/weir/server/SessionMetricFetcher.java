package dev.weir.server;

import dev.weir.flink.metric.MetricCatalog;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.runtime.rest.handler.legacy.metrics.MetricFetcher;
import org.apache.flink.runtime.rest.handler.legacy.metrics.MetricStore;

/**
 * Reads the metrics of this process for Flink's handlers, anew when those that it has are too old. Thread-safe; reading calls
 * the users' gauges on the thread of whoever asks.
 */
final class SessionMetricFetcher implements MetricFetcher {
    private final MetricCatalog catalog;
    private final long ageMillisMax;
    private final Current current = new Current();
    private long readMillis;

    SessionMetricFetcher(MetricCatalog catalog, Duration ageMax) {
        this.catalog = catalog;
        this.ageMillisMax = ageMax.toMillis();
    }

    /** Always the same, which some handlers keep; what it tells is what was read last. */
    @Override
    public MetricStore getMetricStore() {
        return current;
    }

    @Override
    public synchronized void update() {
        long now = System.currentTimeMillis();
        if (now - readMillis > ageMillisMax || now < readMillis) {
            current.read = catalog.store();
            readMillis = now;
        }
    }

    @Override
    public synchronized long getLastUpdateTime() {
        return readMillis;
    }

    /** What was read last, as one object. */
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // what it hands on to synchronizes
    private static final class Current extends MetricStore {
        private volatile MetricStore read = new MetricStore();

        @Override
        public ComponentMetricStore getJobManagerMetricStore() {
            return read.getJobManagerMetricStore();
        }

        @Override
        public ComponentMetricStore getJobManagerOperatorMetricStore(String jobId, String taskId) {
            return read.getJobManagerOperatorMetricStore(jobId, taskId);
        }

        @Override
        public TaskManagerMetricStore getTaskManagerMetricStore(String taskManagerId) {
            return read.getTaskManagerMetricStore(taskManagerId);
        }

        @Override
        public ComponentMetricStore getJobMetricStore(String jobId) {
            return read.getJobMetricStore(jobId);
        }

        @Override
        public TaskMetricStore getTaskMetricStore(String jobId, String taskId) {
            return read.getTaskMetricStore(jobId, taskId);
        }

        @Override
        public JobMetricStoreSnapshot getJobs() {
            return read.getJobs();
        }

        @Override
        public Map<String, TaskManagerMetricStore> getTaskManagers() {
            return read.getTaskManagers();
        }
    }
}
