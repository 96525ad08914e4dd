package dev.weir.flink.metric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.oracle.SmallFlink;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import dev.weir.flink.state.Estimates;
import dev.weir.flink.state.NativeMetrics;
import dev.weir.flink.state.StateEstimates;
import dev.weir.rocksdb.DatabaseWatch;
import dev.weir.rocksdb.RocksStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.View;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.state.rocksdb.RocksDBNativeMetricOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.Statistics;

/** What RocksDB says of itself, as metrics. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class NativeMetricsTest {
    private static final String PREFIX = "state.backend.rocksdb.metrics.";

    /** Every key that stands for a metric. */
    private static final Set<String> ALL = Set.of(
            ("""
            actual-delayed-write-rate background-errors block-cache-capacity block-cache-hit block-cache-miss
            block-cache-pinned-usage block-cache-usage bloom-filter-full-positive
            bloom-filter-full-true-positive bloom-filter-useful bytes-read bytes-written compaction-pending compaction-read-bytes
            compaction-write-bytes cur-size-active-mem-table cur-size-all-mem-tables estimate-live-data-size
            estimate-num-keys estimate-pending-compaction-bytes estimate-table-readers-mem is-write-stopped
            iter-bytes-read live-sst-files-size mem-table-flush-pending num-deletes-active-mem-table
            num-deletes-imm-mem-tables num-entries-active-mem-table num-entries-imm-mem-tables num-files-at-level
            num-immutable-mem-table num-live-versions num-running-compactions num-running-flushes num-snapshots
            size-all-mem-tables stall-micros total-sst-files-size
            """)
                    .strip()
                    .split("\\s+"));

    @TempDir
    private Path directory;

    private static Configuration configuration(String run, boolean asVariable) {
        Configuration configuration = RecordingReporter.configure(new Configuration(), run);
        configuration.setString("state.backend.type", "rocksdb");
        for (String metric : ALL) {
            configuration.setString(PREFIX + metric, "true");
        }
        configuration.setString(PREFIX + "column-family-as-variable", Boolean.toString(asVariable));
        return configuration;
    }

    /** With values and timers. */
    private static JobGraph job(Configuration configuration) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
        env.fromSequence(1, 1_000)
                .assignTimestampsAndWatermarks(
                        WatermarkStrategy.<Long>forMonotonousTimestamps().withTimestampAssigner((n, t) -> n))
                .keyBy(n -> n % 10)
                .window(TumblingEventTimeWindows.of(Duration.ofMillis(100)))
                .reduce(Long::sum)
                .name("windows")
                .sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    private static Set<String> ofRocksDb(String run) {
        return RecordingReporter.of(run).seen().stream()
                .filter(metric -> metric.contains("rocksdb."))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void namesAndKindsAreFlinks(boolean asVariable) throws Exception {
        Configuration ofFlink = configuration("rocksdb-flink-" + asVariable, asVariable);
        try (MiniCluster flink = SmallFlink.started(ofFlink, 2)) {
            flink.executeJobBlocking(job(ofFlink));
        }
        Configuration ofWeir = configuration("rocksdb-weir-" + asVariable, asVariable);
        try (WeirSession weir = new WeirSession(ofWeir)) {
            WeirJob.Result result = weir.submit(job(ofWeir), getClass().getClassLoader())
                    .result()
                    .get();
            assertThat(result.status()).as("%s", result.failure()).isEqualTo(JobStatus.FINISHED);
        }
        assertThat(ofRocksDb("rocksdb-weir-" + asVariable))
                .isEqualTo(ofRocksDb("rocksdb-flink-" + asVariable))
                .anyMatch(metric -> metric.contains("_timer_state/event_window-timers") || asVariable)
                .anyMatch(metric -> metric.contains("rocksdb.bytes_written"))
                .anyMatch(metric -> metric.contains("rocksdb.is-write-stopped"))
                .anyMatch(metric -> metric.contains("rocksdb.num-files-at-level6"));
    }

    @ParameterizedTest
    @CsvSource({"ROCKSDB, true", "HEAP, false"})
    void timersAreInTheDatabaseAsConfigured(String factory, boolean there) throws Exception {
        Configuration configuration = configuration("rocksdb-timers-" + factory, false);
        configuration.setString("state.backend.rocksdb.timer-service.factory", factory);
        try (WeirSession weir = new WeirSession(configuration)) {
            weir.submit(job(configuration), getClass().getClassLoader())
                    .result()
                    .get();
        }
        Set<String> metrics = ofRocksDb("rocksdb-timers-" + factory);
        assertThat(metrics).isNotEmpty();
        assertThat(metrics.stream().anyMatch(metric -> metric.contains("_timer_state/event_window-timers")))
                .isEqualTo(there);
    }

    /** Takes note of gauges by their names. */
    private static final class Gauges extends UnregisteredMetricsGroup {
        private final Map<String, Gauge<?>> gauges = new HashMap<>();

        @Override
        public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
            gauges.put(name, gauge);
            return gauge;
        }

        @Override
        public MetricGroup addGroup(String name) {
            return this;
        }

        Object value(String name) {
            return gauges.get(name).getValue();
        }

        Object updated(String name) {
            ((View) gauges.get(name)).update();
            return value(name);
        }
    }

    @Test
    void valuesAreThoseOfTheOpenDatabase() throws Exception {
        RocksStore.loadLibrary();
        Gauges gauges = new Gauges();
        DatabaseWatch metrics = DatabaseWatch.both(
                NativeMetrics.of(RocksDBNativeMetricOptions.fromConfig(configuration("none", false)), gauges),
                new StateEstimates(new Estimates(gauges)));
        try (Statistics statistics = new Statistics();
                Options options = new Options().setCreateIfMissing(true);
                DBOptions ofDatabase = new DBOptions().setStatistics(statistics)) {
            options.setStatistics(statistics);
            try (RocksDB database = RocksDB.open(options, directory.toString())) {
                metrics.opened(database, ofDatabase);
                ColumnFamilyHandle column = database.createColumnFamily(
                        new ColumnFamilyDescriptor("sums".getBytes(StandardCharsets.UTF_8)));
                metrics.column("sums", column);
                database.put(column, new byte[] {1}, new byte[100]);
                database.put(column, new byte[] {2}, new byte[100]);

                assertThat(gauges.updated("rocksdb.estimate-num-keys")).hasToString("2");
                assertThat((Long) gauges.updated("rocksdb.bytes_written")).isGreaterThan(200);
                assertThat(gauges.value("estimatedEntries")).isEqualTo(2L);
                assertThat((Long) gauges.value("estimatedBytes")).isGreaterThan(200);

                metrics.closing(column);
                column.close();
                assertThat(gauges.updated("rocksdb.estimate-num-keys")).hasToString("2");
                metrics.closing();
            }
        }
        // would crash the process if it asked
        assertThat((Long) gauges.updated("rocksdb.bytes_written")).isGreaterThan(200);
        assertThat(gauges.updated("rocksdb.background-errors")).hasToString("0");
        assertThat(gauges.value("estimatedEntries")).isEqualTo(0L);
    }
}
