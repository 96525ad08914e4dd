package dev.weir.flink.metric;

import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.LogicalScopeProvider;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;
import org.apache.flink.metrics.reporter.Scheduled;

/** Notes which metrics come and go, under the name of a run that its configuration gives. */
public final class RecordingReporter implements MetricReporter, Scheduled {
    private static final Map<String, RecordingReporter> BY_RUN = new ConcurrentHashMap<>();

    /** Type, scope by the names of its levels, name, and whose it is. */
    private final Set<String> seen = new ConcurrentSkipListSet<>();

    private final Set<String> identifiers = new ConcurrentSkipListSet<>();

    private final Set<String> variables = new ConcurrentSkipListSet<>();
    private final Map<String, Metric> present = new ConcurrentHashMap<>();
    private final Map<String, Metric> ever = new ConcurrentHashMap<>();
    final AtomicBoolean closed = new AtomicBoolean();

    /** One for each time that it was to report. */
    final Semaphore reports = new Semaphore(0);

    /** What Flink's service loader finds. */
    public static final class Factory implements MetricReporterFactory {
        @Override
        public MetricReporter createMetricReporter(Properties properties) {
            return new RecordingReporter();
        }
    }

    static Configuration configure(Configuration configuration, String run) {
        configuration.setString("metrics.reporter.recording.factory.class", Factory.class.getName());
        configuration.setString("metrics.reporter.recording.run", run);
        return configuration;
    }

    static RecordingReporter of(String run) {
        RecordingReporter reporter = BY_RUN.get(run);
        if (reporter == null) {
            throw new IllegalStateException("no reporter was opened for run=" + run);
        }
        return reporter;
    }

    static boolean isOpened(String run) {
        return BY_RUN.containsKey(run);
    }

    Set<String> seen() {
        return new TreeSet<>(seen);
    }

    /** All full identifiers there ever were. */
    Set<String> identifiers() {
        return new TreeSet<>(identifiers);
    }

    /** Names and values of the variables of all metrics there ever were. */
    Set<String> variables() {
        return new TreeSet<>(variables);
    }

    /** By full identifier, all that there ever were. */
    Map<String, Metric> ever() {
        return ever;
    }

    /** By full identifier, as {@code metrics.scope.*} makes it. */
    Map<String, Metric> present() {
        return present;
    }

    @Override
    public void open(MetricConfig config) {
        BY_RUN.put(config.getString("run", ""), this);
    }

    @Override
    public void close() {
        closed.set(true);
    }

    @Override
    public void report() {
        reports.release();
    }

    @Override
    public void notifyOfAddedMetric(Metric metric, String metricName, MetricGroup group) {
        Map<String, String> ofGroup = group.getAllVariables();
        ofGroup.forEach((name, value) -> variables.add(name + "=" + value));
        seen.add(LogicalScopeProvider.castFrom(group).getLogicalScope(name -> name, '.')
                + "."
                + metricName
                + " "
                + metric.getMetricType().name().toLowerCase(java.util.Locale.ROOT)
                + whose(ofGroup, "<task_name>")
                + whose(ofGroup, "<subtask_index>")
                + whose(ofGroup, "<operator_name>"));
        identifiers.add(group.getMetricIdentifier(metricName));
        present.put(group.getMetricIdentifier(metricName), metric);
        ever.put(group.getMetricIdentifier(metricName), metric);
    }

    private static String whose(Map<String, String> variables, String variable) {
        String value = variables.get(variable);
        return value == null ? "" : " / " + value;
    }

    @Override
    public void notifyOfRemovedMetric(Metric metric, String metricName, MetricGroup group) {
        present.remove(group.getMetricIdentifier(metricName), metric);
    }
}
