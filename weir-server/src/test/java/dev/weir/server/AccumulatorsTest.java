package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.testing.wait.Waits;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Accumulators of the job, of a vertex and of its subtasks. */
class AccumulatorsTest {
    @TempDir
    private Path directory;

    @Test
    void theyAreToldWhileTheJobRunsAndAddUpWhenItHasEnded() throws Exception {
        try (RunningJobs jobs = new RunningJobs(new Configuration(), directory)) {
            Http http = new Http(jobs.server.url());
            WeirJob job = jobs.start("numbers");
            String ofJob = "/jobs/" + job.jobId();
            JsonNode vertices = http.json(ofJob).get("vertices");
            String source = ofJob + "/vertices/" + vertices.get(0).get("id").asText();
            String count = ofJob + "/vertices/" + vertices.get(1).get("id").asText();

            for (int subtask = 0; subtask < 2; subtask++) {
                String attempt = count + "/subtasks/" + subtask + "/attempts/0/accumulators";
                // so seldom that each answer is new, now and at the end
                while (seen(http.json(attempt).get("user-accumulators")) == 0) {
                    TimeUnit.MILLISECONDS.sleep(300);
                }
            }
            assertThat(seen(http.json(count + "/accumulators").get("user-accumulators")))
                    .isPositive();
            assertThat(http.json(source + "/accumulators").get("user-accumulators"))
                    .isEmpty();

            job.cancel().get();

            // a picture of a job is some moments old at most
            while (!http.json(ofJob).get("state").asText().equals("CANCELED")) {
                Waits.aMoment();
            }
            JsonNode subtasks = http.json(count + "/subtasks/accumulators").get("subtasks");
            assertThat(subtasks).hasSize(2);
            long first = seen(subtasks.get(0).get("user-accumulators"));
            long second = seen(subtasks.get(1).get("user-accumulators"));
            assertThat(first).isPositive();
            assertThat(second).isPositive();
            assertThat(seen(http.json(count + "/subtasks/0/attempts/0/accumulators")
                            .get("user-accumulators")))
                    .isEqualTo(first);
            assertThat(seen(http.json(count + "/accumulators").get("user-accumulators")))
                    .isEqualTo(first + second);
            assertThat(seen(http.json(ofJob + "/accumulators").get("user-task-accumulators")))
                    .isEqualTo(first + second);
        }
    }

    /** As Flink writes the only one that there is. */
    private static long seen(JsonNode accumulators) {
        assertThat(accumulators).hasSize(1);
        assertThat(accumulators.get(0).get("name").asText()).isEqualTo("seen");
        assertThat(accumulators.get(0).get("type").asText()).isEqualTo("LongCounter");
        return Long.parseLong(accumulators.get(0).get("value").asText().replaceAll(".* ", ""));
    }
}
