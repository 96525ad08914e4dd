package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The task manager goes by the name that the user has given it. */
class ResourceIdTest {
    @TempDir
    private Path directory;

    @Test
    void theConfiguredNameIsThatOfPagesAndMetrics() throws Exception {
        try (RunningJobs jobs = new RunningJobs(
                new Configuration().set(TaskManagerOptions.TASK_MANAGER_RESOURCE_ID, "tm-7"), directory)) {
            Http http = new Http(jobs.server.url());
            WeirJob job = jobs.start("numbers");

            assertThat(http.json("/taskmanagers").at("/taskmanagers/0/id").asText())
                    .isEqualTo("tm-7");
            assertThat(http.json("/taskmanagers/tm-7/metrics").toString()).contains("Status.JVM.Memory.Heap.Used");
            assertThat(http.get("/taskmanagers/weir").status()).isNotEqualTo(200);
            String vertex =
                    http.json("/jobs/" + job.jobId()).at("/vertices/0/id").asText();
            assertThat(http.json("/jobs/" + job.jobId() + "/vertices/" + vertex)
                            .at("/subtasks/0/taskmanager-id")
                            .asText())
                    .isEqualTo("tm-7");
        }
    }
}
