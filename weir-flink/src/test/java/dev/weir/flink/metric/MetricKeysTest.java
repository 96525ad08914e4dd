package dev.weir.flink.metric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirSession;
import dev.weir.testing.wait.Waits;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The keys of metrics, each changed and its effect seen by a reporter. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MetricKeysTest {

    /** Full identifiers of all metrics while a job runs. */
    private static Set<String> identifiers(String... keysAndValues) throws Exception {
        return recorded(keysAndValues).identifiers();
    }

    private static RecordingReporter recorded(String... keysAndValues) throws Exception {
        String run = UUID.randomUUID().toString();
        Configuration configuration = RecordingReporter.configure(new Configuration(), run);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            configuration.setString(keysAndValues[i], keysAndValues[i + 1]);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.setParallelism(1);
        // long enough for markers
        env.fromSequence(1, List.of(keysAndValues).contains("metrics.latency.interval") ? 1_000 : 100)
                .name("numbers")
                .map(number -> {
                    TimeUnit.MILLISECONDS.sleep(1);
                    return number;
                })
                .name("slow")
                .rebalance()
                .map(number -> number)
                .name("map")
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(configuration)) {
            session.submit(env.getStreamGraph(), MetricKeysTest.class.getClassLoader())
                    .result()
                    .get();
        }
        return RecordingReporter.of(run);
    }

    @ParameterizedTest
    @CsvSource({
        "metrics.scope.jm, here.<host>, here\\..*\\.numRunningJobs",
        "metrics.scope.jm-job, here.<job_name>, here\\..*\\.numRestarts",
        "metrics.scope.jm-operator, here.<operator_name>, here\\.Source: numbers[^.]*\\..*",
        "metrics.scope.tm, here.<tm_id>, here\\..*Status\\.JVM\\..*",
        "metrics.scope.task, here.<task_name>, here\\..*\\.numRecordsIn",
        "metrics.scope.operator, here.<operator_name>, here\\.map\\.numRecordsIn",
        "metrics.scope.delimiter, _, .*_map.*_numRecordsIn",
        "metrics.latency.interval, 5 ms, .*latency.*"
    })
    void identifiersAreAsConfigured(String key, String value, String identifier) throws Exception {
        assertThat(identifiers(key, value)).anyMatch(each -> each.matches(identifier));
        assertThat(identifiers()).noneMatch(each -> each.matches(identifier));
    }

    @ParameterizedTest
    @CsvSource({
        "single, .*latency\\.operator_id\\..*",
        "operator, .*latency\\.source_id\\.[^.]*\\.operator_id\\..*",
        "subtask, .*latency\\.source_id\\.[^.]*\\.source_subtask_index\\..*"
    })
    void markersAreToldApartAsConfigured(String granularity, String identifier) throws Exception {
        assertThat(identifiers("metrics.latency.interval", "5 ms", "metrics.latency.granularity", granularity))
                .filteredOn(each -> each.contains("latency"))
                .isNotEmpty()
                .allMatch(each -> each.matches(identifier));
    }

    @ParameterizedTest
    @CsvSource({
        "filter.includes, *:numRecordsIn:counter, .*numRecordsIn",
        "filter.excludes, *:numRecords*, (?!.*numRecords).*",
        "scope.delimiter, /, [^.]*/.*"
    })
    void aReporterHearsOfWhatItsFilterLetsThrough(String key, String value, String identifier) throws Exception {
        assertThat(identifiers("metrics.reporter.recording." + key, value))
                .isNotEmpty()
                .allMatch(each -> each.matches(identifier));
        assertThat(identifiers()).anyMatch(each -> !each.matches(identifier));
    }

    @Test
    void whatIsOfAJobInATaskManagerIsInTheScopesBelowIt() throws Exception {
        assertThat(identifiers("metrics.scope.tm-job", "here.<job_name>", "metrics.scope.task", "*.<task_name>"))
                .anyMatch(each -> each.matches("here\\.[^.]*\\.Source: numbers[^.]*\\.numRecordsOut"));
    }

    @Test
    void aReporterHearsOfVariablesAsConfigured() throws Exception {
        String reporter = "metrics.reporter.recording.scope.variables.";
        assertThat(recorded().variables()).contains("<subtask_index>=0").noneMatch(each -> each.startsWith("<place>"));
        assertThat(recorded(reporter + "additional", "place:here", reporter + "excludes", "subtask_index")
                        .variables())
                .contains("<place>=here")
                .noneMatch(each -> each.startsWith("<subtask_index>"));
    }

    /** Twenty times would take more than three minutes by default. */
    @Test
    void aReporterReportsAsOftenAsConfigured() throws Exception {
        String run = UUID.randomUUID().toString();
        Configuration configuration = RecordingReporter.configure(new Configuration(), run);
        configuration.setString("metrics.reporter.recording.interval", "5 ms");
        try (WeirSession ignored = new WeirSession(configuration)) {
            assertThat(RecordingReporter.of(run).reports.tryAcquire(20, 50, TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    @Test
    void asManyDelaysOfMarkersAreKeptAsConfigured() throws Exception {
        for (int size : List.of(2, 128)) {
            RecordingReporter reporter =
                    recorded("metrics.latency.interval", "5 ms", "metrics.latency.history-size", "" + size);
            List<Histogram> delays = reporter.ever().values().stream()
                    .filter(Histogram.class::isInstance)
                    .map(Histogram.class::cast)
                    .toList();
            assertThat(delays).anyMatch(each -> each.getCount() > 2);
            assertThat(delays).allMatch(each -> each.getStatistics().size() == Math.min(size, each.getCount()));
        }
    }

    /** By default they are first looked at after five seconds. */
    @Test
    void theMachineIsLookedAtAsOftenAsConfigured() throws Exception {
        assertThat(identifiers()).noneMatch(each -> each.contains(".System."));
        String run = UUID.randomUUID().toString();
        Configuration configuration = RecordingReporter.configure(new Configuration(), run);
        configuration.setString("metrics.system-resource", "true");
        configuration.setString("metrics.system-resource-probing-interval", "20");
        long start;
        try (WeirSession session = new WeirSession(configuration)) {
            start = System.nanoTime();
            while (RecordingReporter.of(run).present().entrySet().stream()
                    .filter(each -> each.getKey().matches(".*\\.System\\.CPU\\.(Idle|User|Sys)"))
                    .noneMatch(each -> ((Number) ((Gauge<?>) each.getValue()).getValue()).doubleValue() > 0)) {
                Waits.aMoment();
            }
        }
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5));
    }
}
