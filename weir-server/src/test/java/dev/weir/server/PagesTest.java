package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.testing.wait.Waits;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Flink's web UI and scripts read of a running job. */
class PagesTest {
    @TempDir
    private Path directory;

    private RunningJobs jobs;
    private Http http;
    private WeirJob job;

    @BeforeEach
    void start() throws Exception {
        Configuration configuration = new Configuration().set(TaskManagerOptions.NUM_TASK_SLOTS, 3);
        configuration.setString("s3.secret-key", "hidden-1");
        configuration.set(SecurityOptions.SSL_REST_KEYSTORE_PASSWORD, "hidden-2");
        jobs = new RunningJobs(configuration, directory);
        http = new Http(jobs.server.url());
        job = jobs.start("numbers");
    }

    @AfterEach
    void close() {
        jobs.close();
    }

    private String ofJob(String path) {
        return "/jobs/" + job.jobId() + path;
    }

    /** As when many people look at a page that renews itself. */
    @Test
    void manyWhoAskForAPageShareItsAnswerUntilSomethingChanges() throws Exception {
        Set<Long> made = new HashSet<>();
        int asked = 200;
        for (int i = 0; i < asked; i++) {
            made.add(http.json(ofJob("")).get("now").asLong());
        }
        assertThat(made).hasSizeLessThan(asked / 4);

        assertThat(http.send("PATCH", ofJob(""), "").status()).isEqualTo(202);
        job.result().get();
        JsonNode after = http.json(ofJob(""));
        assertThat(made).doesNotContain(after.get("now").asLong());
    }

    @Test
    void everyPageOfAJobAnswers() throws Exception {
        job.checkpoint(false).get();
        JsonNode details = http.json(ofJob(""));
        for (JsonNode vertex : details.get("vertices")) {
            String at = "/vertices/" + vertex.get("id").asText();
            for (String page : List.of(
                    "",
                    "/subtasktimes",
                    "/subtasks/0",
                    "/subtasks/0/attempts/0",
                    "/subtasks/0/attempts/0/accumulators",
                    "/subtasks/accumulators",
                    "/taskmanagers",
                    "/backpressure",
                    "/watermarks",
                    "/accumulators",
                    "/metrics",
                    "/subtasks/metrics",
                    "/subtasks/0/metrics",
                    "/jm-operator-metrics",
                    "/flamegraph")) {
                assertThat(http.get(ofJob(at + page)).status()).as(at + page).isEqualTo(200);
            }
            assertThat(http.json(ofJob("/checkpoints/details/1/subtasks/"
                                    + vertex.get("id").asText()))
                            .get("num_acknowledged_subtasks")
                            .asInt())
                    .isEqualTo(2);
        }
        for (String page : List.of(
                "/plan",
                "/config",
                "/status",
                "/exceptions",
                "/accumulators",
                "/checkpoints",
                "/checkpoints/config",
                "/metrics",
                "/jobmanager/config",
                "/jobmanager/environment",
                "/execution-result")) {
            assertThat(http.get(ofJob(page)).status()).as(page).isEqualTo(200);
        }
    }

    @Test
    void everyPageOfTheProcessAnswers() throws Exception {
        for (String page : List.of(
                "/config",
                "/jobs",
                "/jobs/metrics",
                "/applications/overview",
                "/jobmanager/config",
                "/jobmanager/environment",
                "/jobmanager/metrics",
                "/jobmanager/logs",
                "/jobmanager/thread-dump",
                "/taskmanagers/weir",
                "/taskmanagers/metrics",
                "/taskmanagers/weir/metrics",
                "/taskmanagers/weir/logs",
                "/taskmanagers/weir/thread-dump",
                "/datasets")) {
            assertThat(http.get(page).status()).as(page).isEqualTo(200);
        }
        assertThat(http.json("/overview"))
                .isEqualTo(new Http.Answer(
                                200,
                                List.of(),
                                "{\"taskmanagers\":1,\"slots-total\":3,\"slots-available\":1,\"jobs-running\":1,"
                                        + "\"jobs-finished\":0,\"jobs-cancelled\":0,\"jobs-failed\":0,"
                                        + "\"flink-version\":\""
                                        + http.json("/overview")
                                                .get("flink-version")
                                                .asText() + "\",\"flink-commit\":\""
                                        + http.json("/overview")
                                                .get("flink-commit")
                                                .asText() + "\"}")
                        .json());
        JsonNode process = http.json("/taskmanagers").get("taskmanagers").get(0);
        assertThat(process.get("slotsNumber").asInt()).isEqualTo(3);
        assertThat(process.get("freeSlots").asInt()).isEqualTo(1);
        assertThat(http.json("/jobmanager/thread-dump").toString()).contains("Sequence Source");
        assertThat(http.json("/jobs/overview")
                        .get("jobs")
                        .get(0)
                        .get("tasks")
                        .get("running")
                        .asInt())
                .isEqualTo(4);
    }

    @Test
    void checkpointsAreTold() throws Exception {
        job.checkpoint(false).get();
        String savepoint = job.savepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL)
                .get();

        JsonNode checkpoints = http.json(ofJob("/checkpoints"));
        assertThat(checkpoints.get("counts").get("completed").asInt()).isEqualTo(2);
        assertThat(checkpoints
                        .get("latest")
                        .get("savepoint")
                        .get("external_path")
                        .asText())
                .isEqualTo(savepoint);
        JsonNode details = http.json(ofJob("/checkpoints/details/1"));
        assertThat(details.get("status").asText()).isEqualTo("COMPLETED");
        assertThat(details.get("num_acknowledged_subtasks").asInt()).isEqualTo(4);
        JsonNode configured = http.json(ofJob("/checkpoints/config"));
        assertThat(configured.get("interval").asLong()).isEqualTo(3_600_000);
        assertThat(configured.get("state_backend").asText()).isEqualTo("tiered");
    }

    @Test
    void whatAnEndedJobHasCountedStaysKnown() throws Exception {
        job.cancel().get();
        JsonNode vertices = http.json(ofJob("")).get("vertices");

        long written = vertices.get(0).get("metrics").get("write-records").asLong();
        JsonNode reader = vertices.get(1);
        assertThat(written).isPositive();
        assertThat(reader.get("metrics").get("read-records").asLong()).isBetween(1L, written);
        assertThat(reader.get("metrics").get("read-records-complete").asBoolean())
                .isTrue();
        assertThat(reader.get("maxParallelism").asInt()).isEqualTo(128);
        long bySubtask = 0;
        for (JsonNode subtask :
                http.json(ofJob("/vertices/" + reader.get("id").asText())).get("subtasks")) {
            bySubtask += subtask.get("metrics").get("read-records").asLong();
        }
        assertThat(bySubtask)
                .isEqualTo(reader.get("metrics").get("read-records").asLong());
    }

    @Test
    void theLogIsOnThePagesOfBothManagers() throws Exception {
        for (String page : List.of("/jobmanager/log", "/taskmanagers/weir/log")) {
            assertThat(http.get(page).body()).as(page).contains("goes to no file");
        }
        for (String page : List.of("/jobmanager/stdout", "/taskmanagers/weir/stdout")) {
            assertThat(http.get(page).body()).as(page).contains("goes where it was started");
        }
        assertThat(http.json("/taskmanagers/weir/logs")).isEqualTo(http.json("/jobmanager/logs"));
        assertThat(http.get("/taskmanagers/weir/logs/no-log.log").status()).isEqualTo(200);
        assertThat(http.get("/taskmanagers/weir/logs/..").status()).isEqualTo(500);
        assertThat(http.get("/taskmanagers/other/log").status()).isEqualTo(404);
    }

    @Test
    void aFailureIsToldAlsoWhenTheJobHasGoneOn() throws Exception {
        jobs.fail();
        while (job.failures().isEmpty()) {
            Waits.aMoment();
        }

        JsonNode newest = http.json(ofJob("/exceptions"))
                .get("exceptionHistory")
                .get("entries")
                .get(0);
        assertThat(newest.get("exceptionName").asText()).isEqualTo("java.lang.IllegalStateException");
        assertThat(newest.get("stacktrace").asText()).contains("told to fail", "RunningJobs");
        assertThat(newest.get("taskName").asText()).matches("count -> Sink: Writer \\([12]/2\\) - execution #0");
    }

    @Test
    void secretsAreMaskedOnEveryPageOfConfiguration() throws Exception {
        for (String page : List.of("/jobmanager/config", ofJob("/jobmanager/config"), ofJob("/config"))) {
            assertThat(http.get(page).body()).as(page).doesNotContain("hidden-");
        }
        assertThat(http.get("/jobmanager/config").body())
                .contains("{\"key\":\"s3.secret-key\",\"value\":\"******\"}")
                .contains("{\"key\":\"security.ssl.rest.keystore-password\",\"value\":\"******\"}");
    }

    @Test
    void theUiOfFlinkIsServedBelowAPathOfItsOwn() throws Exception {
        assertThat(http.get("/flink").header("Location")).isEqualTo("/flink/");
        assertThat(http.get("/").body()).doesNotContain("<flink-root>");
        Http.Answer page = http.get("/flink/");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body()).contains("<flink-root>");
        assertThat(http.get("/flink/jobs").body()).isEqualTo(http.get("/jobs").body());
        assertThat(http.get("/flink/nothing.js").status()).isEqualTo(404);
    }
}
