package dev.weir.flink.metric;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.HistogramStatistics;
import org.apache.flink.metrics.Meter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.metrics.dump.MetricDump;
import org.apache.flink.runtime.metrics.dump.QueryScopeInfo;
import org.apache.flink.runtime.metrics.groups.AbstractMetricGroup;
import org.apache.flink.runtime.rest.handler.legacy.metrics.MetricStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is registered at present, to be read by name and scope: what Flink's query service is, without its actors.
 * Thread-safe. Reading calls the user's gauges on the reader's thread; one that throws is left out.
 */
public final class MetricCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(MetricCatalog.class);

    private final Map<Key, Metric> metrics = new ConcurrentHashMap<>();
    private final Runnable beforeReading;

    private record Key(AbstractMetricGroup<?> group, String name) {}

    /**
     * One metric.
     *
     * @param name in its group, as it was registered
     */
    public record Entry(AbstractMetricGroup<?> group, String name, Metric metric) {

        /** Job manager, task manager, job, subtask, operator or coordinator, as Flink's REST API knows them. */
        public QueryScopeInfo scope() {
            return group.getQueryServiceMetricInfo(MetricCatalog::queryable);
        }

        /** Scope and name, as {@code metrics.scope.*} formats them. */
        public String identifier() {
            return group.getMetricIdentifier(name);
        }
    }

    /** @param beforeReading registers what is registered late; called before each reading */
    MetricCatalog(Runnable beforeReading) {
        this.beforeReading = beforeReading;
    }

    void add(Metric metric, String name, AbstractMetricGroup<?> group) {
        metrics.put(new Key(group, name), metric);
    }

    void remove(String name, AbstractMetricGroup<?> group) {
        metrics.remove(new Key(group, name));
    }

    /** Everything, by identifier. */
    public List<Entry> entries() {
        beforeReading.run();
        return metrics.entrySet().stream()
                .map(entry -> new Entry(entry.getKey().group(), entry.getKey().name(), entry.getValue()))
                .sorted(Comparator.comparing(Entry::identifier))
                .toList();
    }

    /** The present values as what Flink's REST handlers read. */
    public MetricStore store() {
        MetricStore store = new MetricStore();
        beforeReading.run();
        metrics.forEach((key, metric) -> {
            try {
                store.add(dump(new Entry(key.group(), key.name(), metric)));
            } catch (RuntimeException e) {
                LOG.debug("metric '{}' cannot be read", key.name(), e);
            }
        });
        return store;
    }

    private static MetricDump dump(Entry entry) {
        QueryScopeInfo scope = entry.scope();
        String name = queryable(entry.name());
        Metric metric = entry.metric();
        if (metric instanceof Counter counter) {
            return new MetricDump.CounterDump(scope, name, counter.getCount());
        } else if (metric instanceof Meter meter) {
            return new MetricDump.MeterDump(scope, name, meter.getRate());
        } else if (metric instanceof Histogram histogram) {
            HistogramStatistics figures = histogram.getStatistics();
            return new MetricDump.HistogramDump(
                    scope,
                    name,
                    figures.getMin(),
                    figures.getMax(),
                    figures.getMean(),
                    figures.getQuantile(0.5),
                    figures.getStdDev(),
                    figures.getQuantile(0.75),
                    figures.getQuantile(0.90),
                    figures.getQuantile(0.95),
                    figures.getQuantile(0.98),
                    figures.getQuantile(0.99),
                    figures.getQuantile(0.999));
        }
        return new MetricDump.GaugeDump(scope, name, String.valueOf(((Gauge<?>) metric).getValue()));
    }

    /** Names in queries have none of the characters that separate names. */
    private static String queryable(String name) {
        return name.replace(' ', '_').replace('.', '_').replace(':', '_').replace(',', '_');
    }
}
