package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What holds a job up, by REST. */
@Timeout(90)
class DiagnosisPageTest {
    @TempDir
    private Path directory;

    @Test
    void theCulpritIsTold() throws Exception {
        try (RunningJobs jobs = new RunningJobs(new Configuration(), directory)) {
            Http http = new Http(jobs.server.url());
            WeirJob job = jobs.start("numbers");
            String path = "/weir/jobs/" + job.jobId() + "/why";
            // its source makes numbers faster than they are counted
            JsonNode told = http.json(path);
            while (told.get("culprits").isEmpty()) {
                TimeUnit.MILLISECONDS.sleep(50);
                told = http.json(path);
            }

            assertThat(told.get("sampledMillis").asLong()).isPositive();
            assertThat(told.get("slowCheckpoints").isNull()).isTrue();
            JsonNode culprit = told.get("culprits").get(0);
            assertThat(culprit.get("name").asText()).isEqualTo("count -> Sink: Writer");
            assertThat(culprit.get("heldBack").get(0).asText()).contains("Sequence Source");
            assertThat(culprit.get("parallelism").asInt()).isEqualTo(2);
            assertThat(culprit.get("reasons").get(0).asText()).contains("% of the busy time");
            assertThat(culprit.get("profile")
                            .get("shares")
                            .get(0)
                            .get("activity")
                            .asText())
                    .isNotEmpty();
            assertThat(http.json("/v1" + path).has("culprits")).isTrue();
            job.cancel().get();
            assertThat(http.json(path).get("culprits")).isEmpty();
        }
    }

    @Test
    void anUnknownJobIsNotFound() throws Exception {
        try (RunningJobs jobs = new RunningJobs(new Configuration(), directory)) {
            Http http = new Http(jobs.server.url());
            assertThat(http.get("/weir/jobs/" + "0".repeat(32) + "/why").status())
                    .isEqualTo(404);
            assertThat(http.get("/weir/jobs/x/why").status()).isEqualTo(400);
        }
    }
}
