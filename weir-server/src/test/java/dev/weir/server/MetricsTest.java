package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.testing.wait.Waits;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics of a running job where Flink's web UI and Prometheus look for them. */
class MetricsTest {
    @TempDir
    private Path directory;

    private RunningJobs jobs;
    private Http http;
    private WeirJob job;
    private String counting = "";

    @BeforeEach
    void start() throws Exception {
        // each request reads anew
        jobs = new RunningJobs(
                new Configuration()
                        .set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, Duration.ZERO)
                        .set(StateBackendOptions.STATE_BACKEND, "rocksdb")
                        .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(48)),
                directory);
        http = new Http(jobs.server.url());
        job = jobs.start("numbers");
        counting = http.json(ofJob("")).get("vertices").get(1).get("id").asText();
    }

    @AfterEach
    void close() {
        jobs.close();
    }

    private String ofJob(String path) {
        return "/jobs/" + job.jobId() + path;
    }

    private String ofVertex(String path) {
        return ofJob("/vertices/" + counting + path);
    }

    private double value(String path) throws Exception {
        JsonNode answer = http.json(path);
        assertThat(answer).as(path).isNotEmpty();
        return answer.get(0).get("value").asDouble();
    }

    @Test
    void metricsOfEveryScopeAreListedAndRead() throws Exception {
        assertThat(http.get(ofVertex("/metrics")).body()).contains("{\"id\":\"0.numRecordsIn\"}");
        double before = value(ofVertex("/metrics?get=0.numRecordsIn"));
        while (value(ofVertex("/metrics?get=0.numRecordsIn")) <= before
                || value(ofVertex("/subtasks/1/metrics?get=numRecordsIn")) == 0) {
            Waits.aMoment();
        }
        assertThat(value(ofJob("/metrics?get=numRestarts"))).isZero();
        assertThat(value("/jobmanager/metrics?get=numRunningJobs")).isEqualTo(1);
        assertThat(value("/taskmanagers/weir/metrics?get=Status.JVM.Threads.Count"))
                .isPositive();
        assertThat(value("/taskmanagers/weir/metrics?get=Status.Flink.Memory.Managed.Total"))
                .isEqualTo(48 << 20);
        assertThat(value("/taskmanagers/weir/metrics?get=Status.Flink.Memory.Managed.Used"))
                .isBetween(24.0 * (1 << 20), 48.0 * (1 << 20));
        JsonNode both = http.json(ofVertex("/subtasks/metrics?get=numRecordsIn&agg=sum,min,max"))
                .get(0);
        assertThat(both.get("sum").asDouble())
                .isEqualTo(both.get("min").asDouble() + both.get("max").asDouble());
    }

    @Test
    void whatGoesBetweenTasksIsCounted() throws Exception {
        String source = http.json(ofJob("")).get("vertices").get(0).get("id").asText();
        String ofSource = ofJob("/vertices/" + source + "/metrics?get=");
        while (value(ofVertex("/metrics?get=1.numBytesIn")) == 0 || value(ofSource + "1.numBuffersOut") == 0) {
            Waits.aMoment();
        }
        double recordsOut = value(ofSource + "0.numRecordsOut");
        double bytesOut = value(ofSource + "0.numBytesOut");
        double recordsLater = value(ofSource + "0.numRecordsOut");

        // a record is a word, with its place in a batch; a batch counts when it is full
        assertThat(bytesOut).isBetween(16 * recordsOut - 100_000, 64 * recordsLater);
    }

    @Test
    void pagesOfTheJobShowThem() throws Exception {
        JsonNode vertex = http.json(ofJob("")).get("vertices").get(1);
        assertThat(vertex.get("metrics").get("read-records").asLong()).isPositive();
        assertThat(vertex.get("metrics").get("read-records-complete").asBoolean())
                .isTrue();
        JsonNode pressure = http.json(ofVertex("/backpressure"));
        assertThat(pressure.get("status").asText()).isEqualTo("ok");
        assertThat(pressure.get("subtasks")).hasSize(2);
        assertThat(http.json("/taskmanagers/weir")
                        .get("metrics")
                        .get("heapUsed")
                        .asLong())
                .isPositive();
    }

    @Test
    void prometheusNeedsNoConfiguration() throws Exception {
        Http.Answer answer = http.get("/metrics");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith("text/plain; version=0.0.4");
        assertThat(answer.body())
                .contains("# TYPE flink_taskmanager_job_task_numRecordsIn gauge")
                .contains("job_name=\"numbers\"");
    }
}
