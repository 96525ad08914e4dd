package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys of the REST server and of what it shows, each changed and its effect seen in an answer. */
@Timeout(90)
class RestKeysTest {
    @TempDir
    private Path directory;

    private RunningJobs jobs(String... keysAndValues) throws IOException {
        // what is asked for is as the job is now
        Configuration configuration = new Configuration().set(RestOptions.CACHE_EXECUTION_GRAPH_TIMEOUT, Duration.ZERO);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            configuration.setString(keysAndValues[i], keysAndValues[i + 1]);
        }
        return new RunningJobs(configuration, directory);
    }

    private static void pause() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(5);
    }

    @Test
    void flinksPagesAreToldWhatIsConfigured() throws Exception {
        try (RunningJobs jobs = jobs("web.refresh-interval", "1234 ms", "web.cancel.enable", "false")) {
            JsonNode told = new Http(jobs.server.url()).json("/config");
            assertThat(told.get("refresh-interval").asLong()).isEqualTo(1234);
            assertThat(told.get("features").get("web-cancel").asBoolean()).isFalse();
        }
        try (RunningJobs jobs = jobs()) {
            JsonNode told = new Http(jobs.server.url()).json("/config");
            assertThat(told.get("refresh-interval").asLong()).isEqualTo(3000);
            assertThat(told.get("features").get("web-cancel").asBoolean()).isTrue();
        }
    }

    @Test
    void verticesAreNamedAndDescribedAsConfigured() throws Exception {
        try (RunningJobs jobs = jobs(
                "pipeline.vertex-name-include-index-prefix", "true", "pipeline.vertex-description-mode", "CASCADING")) {
            JsonNode plan = plan(jobs);
            assertThat(plan.get("vertices").get(1).get("name").asText()).startsWith("[vertex-1]count -> Sink");
            assertThat(plan.get("plan").get("nodes").findValuesAsText("description"))
                    .anyMatch(each -> each.contains("count -&gt; Sink"));
        }
        try (RunningJobs jobs = jobs()) {
            JsonNode plan = plan(jobs);
            assertThat(plan.get("vertices").get(1).get("name").asText()).startsWith("count -> Sink");
            assertThat(plan.get("plan").get("nodes").findValuesAsText("description"))
                    .anyMatch(each -> each.contains("count<br/>+- Sink"));
        }
    }

    private static JsonNode plan(RunningJobs jobs) throws Exception {
        WeirJob job = jobs.start("counts");
        JsonNode plan = new Http(jobs.server.url()).json("/jobs/" + job.jobId());
        job.cancel().get();
        return plan;
    }

    /** By default for five minutes. */
    @Test
    void resultsCanBeAskedForAsLongAsConfigured() throws Exception {
        try (RunningJobs jobs = jobs("rest.async.store-duration", "1 s")) {
            Http http = new Http(jobs.server.url());
            String savepoints = "/jobs/" + jobs.start("counts").jobId() + "/savepoints";
            String request = "{\"target-directory\":\"" + directory.toUri() + "\",\"cancel-job\":false}";
            String id = http.send("POST", savepoints, request, "Content-Type: application/json")
                    .json()
                    .get("request-id")
                    .asText();
            while (http.get(savepoints + "/" + id).status() == 200) {
                pause();
            }
            assertThat(http.get(savepoints + "/" + id).status()).isEqualTo(404);
        }
    }

    private static long completed(Http http, WeirJob job) throws IOException {
        return http.json("/jobs/" + job.jobId() + "/checkpoints")
                .get("counts")
                .get("completed")
                .asLong();
    }

    @ParameterizedTest
    @CsvSource({"1 h, 1000, 0", "1 ms, 1000, 1", "1 h, 0, 1"})
    void whatIsToldOfCheckpointsIsAsOldAsConfigured(String timeout, String size, long told) throws Exception {
        try (RunningJobs jobs = jobs(
                "rest.cache.checkpoint-statistics.timeout", timeout,
                "rest.cache.checkpoint-statistics.size", size)) {
            Http http = new Http(jobs.server.url());
            WeirJob job = jobs.start("counts");
            assertThat(completed(http, job)).isZero();
            job.checkpoint(true).get();
            assertThat(completed(http, job)).isEqualTo(told);
        }
    }

    /** What is kept is refreshed after an hour, and by default thrown away after ten minutes. */
    @Test
    void flameGraphsThatNobodyAsksForAreKeptAsLongAsConfigured() throws Exception {
        try (RunningJobs jobs = jobs(
                "rest.flamegraph.enabled", "true",
                "rest.flamegraph.num-samples", "2",
                "rest.flamegraph.delay-between-samples", "1 ms",
                "rest.flamegraph.refresh-interval", "1 h",
                "rest.flamegraph.cleanup-interval", "50 ms")) {
            Http http = new Http(jobs.server.url());
            WeirJob job = jobs.start("counts");
            String path = "/jobs/" + job.jobId() + "/vertices/"
                    + http.json("/jobs/" + job.jobId())
                            .get("vertices")
                            .get(1)
                            .get("id")
                            .asText()
                    + "/flamegraph";
            long first = 0;
            long next = 0;
            while (first <= 0 || next <= first) {
                long end = http.json(path).get("endTimestamp").asLong();
                first = first <= 0 ? end : first;
                next = end;
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    @Test
    void requestsAreAnsweredByThreadsAsConfigured() throws Exception {
        try (RunningJobs jobs = jobs("rest.server.numThreads", "2", "rest.server.thread-priority", "3")) {
            Http http = new Http(jobs.server.url());
            WeirJob job = jobs.start("counts");
            for (int i = 0; i < 20; i++) {
                http.json("/jobs/" + job.jobId());
            }
            List<Thread> threads = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("weir-rest") && thread.getPriority() == 3)
                    .toList();
            assertThat(threads).hasSize(2);
        }
    }
}
