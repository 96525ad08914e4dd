package dev.weir.flink.metric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.oracle.SmallFlink;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.MeterView;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.CoMapFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job has the metrics that it has in Flink, but for those that docs/metrics.md lists with their reason. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MetricIdentifiersTest {
    private static final Pattern ROW = Pattern.compile("^\\| `([^`]+)` \\|.*");

    @TempDir
    Path directory;

    /** Registers one of each kind. */
    private static final class Measured extends RichMapFunction<Long, Long> {
        @Override
        public void open(OpenContext context) {
            MetricGroup group = getRuntimeContext().getMetricGroup();
            group.counter("mine");
            group.addGroup("inner").gauge("level", () -> 7);
            group.addGroup("colour", "red").meter("speed", new MeterView(group.counter("steps")));
            group.histogram("sizes", new DescriptiveStatisticsHistogram(10));
        }

        @Override
        public Long map(Long value) {
            return value;
        }
    }

    private static final class Legacy implements SourceFunction<Long> {
        @Override
        public void run(SourceContext<Long> context) {
            for (long i = 0; i < 100; i++) {
                context.collect(i);
            }
        }

        @Override
        public void cancel() {}
    }

    private static final class Both implements CoMapFunction<Long, Long, Long> {
        @Override
        public Long map1(Long value) {
            return value;
        }

        @Override
        public Long map2(Long value) {
            return value;
        }
    }

    private JobGraph job(Configuration configuration) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
        env.enableCheckpointing(50);
        env.getConfig().setLatencyTrackingInterval(5);
        DataStream<Long> numbers = env.fromSequence(1, 1_000)
                .assignTimestampsAndWatermarks(
                        WatermarkStrategy.<Long>forMonotonousTimestamps().withTimestampAssigner((n, t) -> n))
                .name("numbers");
        SingleOutputStreamOperator<Long> windows = numbers.map(new Measured())
                .name("measured")
                .keyBy(n -> n % 10)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(100)))
                .reduce(Long::sum)
                .name("windows");
        windows.connect(env.addSource(new Legacy()).name("legacy"))
                .map(new Both())
                .name("both")
                .sinkTo(new DiscardingSink<>())
                .name("sink");
        return env.getStreamGraph().getJobGraph();
    }

    private Configuration configuration(String run) {
        Configuration configuration = RecordingReporter.configure(new Configuration(), run);
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                directory.resolve(run).toUri().toString());

        return configuration;
    }

    private Set<String> inFlink() throws Exception {
        Configuration configuration = configuration("flink");
        try (MiniCluster flink = SmallFlink.started(configuration, 2)) {
            flink.executeJobBlocking(job(configuration));
        }
        return registered("flink");
    }

    private Set<String> inWeir() throws Exception {
        Configuration configuration = configuration("weir");
        try (WeirSession weir = new WeirSession(configuration)) {
            WeirJob.Result result = weir.submit(job(configuration), getClass().getClassLoader())
                    .result()
                    .get();
            assertThat(result.failure()).isNull();
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        }
        return registered("weir");
    }

    /** Which subtask gets a split or a latency marker, and with it metrics, is chance. */
    private static Set<String> registered(String run) {
        return RecordingReporter.of(run).seen().stream()
                .map(metric ->
                        metric.matches(".*\\.(split|latency)\\..*") ? metric.replaceAll(" / [01](?= /|$)", "") : metric)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Pattern> explained(String heading) throws IOException {
        List<Pattern> patterns = new ArrayList<>();
        boolean inside = false;
        for (String line : Files.readAllLines(Path.of("..", "docs", "metrics.md"))) {
            if (line.startsWith("## ")) {
                inside = line.equals("## " + heading);
            }
            Matcher row = ROW.matcher(line);
            if (inside && row.matches()) {
                patterns.add(Pattern.compile(Pattern.quote(row.group(1)).replace("*", "\\E.*\\Q") + " .*"));
            }
        }
        return patterns;
    }

    private static Set<String> minus(Set<String> these, Set<String> those) {
        Set<String> difference = new TreeSet<>(these);
        difference.removeAll(those);
        return difference;
    }

    private static void requireExplained(Set<String> difference, String heading) throws IOException {
        List<Pattern> rows = explained(heading);
        assertThat(difference).as("metrics without a row under '%s'", heading).allMatch(metric -> rows.stream()
                .anyMatch(row -> row.matcher(metric).matches()));
        assertThat(rows).as("rows under '%s' that explain nothing", heading).allMatch(row -> difference.stream()
                .anyMatch(metric -> row.matcher(metric).matches()));
    }

    @Test
    void aJobRegistersWhatItRegistersInFlink() throws Exception {
        Set<String> flink = inFlink();
        Set<String> weir = inWeir();

        requireExplained(minus(flink, weir), "Metrics of Flink that Weir has not");
        requireExplained(minus(weir, flink), "Metrics of Weir that Flink has not");
    }

    @Test
    void nothingIsLeftOfAJobThatHasEnded() throws Exception {
        Configuration configuration = configuration("leak");
        try (WeirSession weir = new WeirSession(configuration)) {
            RecordingReporter reporter = RecordingReporter.of("leak");
            Set<String> before = new TreeSet<>(reporter.present().keySet());
            int cataloguedBefore = weir.metrics().catalog().entries().size();

            weir.submit(job(configuration), getClass().getClassLoader())
                    .result()
                    .get();

            assertThat(reporter.seen()).anyMatch(metric -> metric.contains("inner.level"));
            assertThat(new TreeSet<>(reporter.present().keySet())).isEqualTo(before);
            assertThat(weir.metrics().catalog().entries()).hasSize(cataloguedBefore);
            assertThat(reporter.closed).isFalse();
        }
        assertThat(RecordingReporter.of("leak").closed).isTrue();
    }
}
