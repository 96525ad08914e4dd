package dev.weir.flink.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Meter;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphID;
import org.apache.flink.runtime.jobgraph.JobType;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.runtime.metrics.filter.DefaultReporterFilters;
import org.apache.flink.runtime.metrics.groups.FrontMetricGroup;
import org.apache.flink.runtime.metrics.groups.ReporterScopedSettings;
import org.apache.flink.runtime.metrics.groups.TaskMetricGroup;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.junit.jupiter.api.Test;

class PrometheusTextTest {

    private static final class Steady implements Meter {
        @Override
        public void markEvent() {}

        @Override
        public void markEvent(long n) {}

        @Override
        public double getRate() {
            return 12.25;
        }

        @Override
        public long getCount() {
            return 3;
        }
    }

    private static void registerAll(MetricGroup group) {
        group.counter("hits").inc(41);
        group.gauge("flag", () -> true);
        group.gauge("text", () -> "no number");
        group.gauge("none", (Gauge<Object>) () -> null);
        group.gauge("part", () -> 0.125f);
        group.gauge("endless", () -> Double.NEGATIVE_INFINITY);
        group.gauge("broken", () -> Double.NaN);
        group.gauge("odd name: é/1\\2", () -> 1L << 40);
        group.meter("rate", new Steady());
        Histogram sizes = group.histogram("sizes", new DescriptiveStatisticsHistogram(10));
        sizes.update(3);
        sizes.update(9);
    }

    private static Set<String> ofJobs(String text) {
        return text.lines().filter(line -> line.contains("_job_")).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String served(MetricReporter reporter) throws Exception {
        Field field = reporter.getClass().getDeclaredField("httpServer");
        field.setAccessible(true);
        Object server = field.get(reporter);
        Object port = server.getClass().getMethod("getPort").invoke(server);
        try (InputStream in =
                URI.create("http://localhost:" + port + "/metrics").toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static TaskMetricGroup task(JobMetrics job, JobVertexID vertex, int subtask) {
        return job.task(
                new ExecutionAttemptID(new ExecutionGraphID(), new ExecutionVertexID(vertex, subtask), 0),
                "Source: a -> b");
    }

    @Test
    void theTextIsThatOfFlinksReporter() throws Exception {
        MetricConfig config = new MetricConfig();
        config.setProperty("port", "0");
        MetricReporter flinks = new PrometheusReporterFactory().createMetricReporter(config);
        flinks.open(config);
        try (SessionMetrics session = SessionMetrics.of(new Configuration());
                JobMetrics job = session.job(new JobID(1, 2), "a job", JobType.STREAMING)) {
            JobVertexID vertex = new JobVertexID(3, 4);
            registerAll(job.ofJobMaster());
            for (TaskMetricGroup task : List.of(task(job, vertex, 0), task(job, vertex, 1))) {
                registerAll(task);
                registerAll(task.getOrAddOperator(new OperatorID(5, 6), "b", Map.of("<mine>", "x y")));
                registerAll(task.addGroup("colour", "dark red").addGroup("inner"));
            }
            for (MetricCatalog.Entry entry : session.catalog().entries()) {
                flinks.notifyOfAddedMetric(
                        entry.metric(),
                        entry.name(),
                        new FrontMetricGroup<>(
                                new ReporterScopedSettings<>(
                                        0,
                                        '.',
                                        DefaultReporterFilters.metricsFromConfiguration(new Configuration()),
                                        Set.of(),
                                        Map.of()),
                                entry.group()));
            }
            StringBuilder ours = new StringBuilder();
            PrometheusText.write(session.catalog(), ours);

            assertThat(ofJobs(ours.toString())).isEqualTo(ofJobs(served(flinks)));
            assertThat(ofJobs(ours.toString())).anyMatch(line -> line.startsWith("flink_jobmanager_job_hits{"));
        } finally {
            flinks.close();
        }
    }

    @Test
    void aGaugeThatThrowsIsLeftOut() throws Exception {
        try (SessionMetrics session = SessionMetrics.of(new Configuration());
                JobMetrics job = session.job(new JobID(), "a job", JobType.STREAMING)) {
            job.ofJobMaster().gauge("bad", () -> {
                throw new IllegalStateException("a user's mistake");
            });
            job.ofJobMaster().gauge("good", () -> 1);

            StringBuilder text = new StringBuilder();
            PrometheusText.write(session.catalog(), text);

            assertThat(Stream.of(text.toString().split("\n"))
                            .filter(line -> line.contains("_job_") && !line.startsWith("#")))
                    .singleElement()
                    .asString()
                    .startsWith("flink_jobmanager_job_good{");
        }
    }
}
