package dev.weir.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.flink.session.WeirJob;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.rest.messages.job.JobDetailsInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flink's own client, which is strict about paths and JSON, on a server with a running job. */
class FlinkClientTest {
    @TempDir
    private Path directory;

    private RunningJobs jobs;
    private RestClusterClient<String> client;

    @BeforeEach
    void connect() throws Exception {
        jobs = new RunningJobs(new Configuration(), directory);
        URI url = URI.create(jobs.server.url());
        client = new RestClusterClient<>(
                new Configuration()
                        .set(DeploymentOptions.TARGET, "remote")
                        .set(RestOptions.ADDRESS, url.getHost())
                        .set(RestOptions.PORT, url.getPort())
                        .set(RestOptions.RETRY_MAX_ATTEMPTS, 0),
                "weir");
    }

    @AfterEach
    void disconnect() {
        client.close();
        jobs.close();
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(60, SECONDS);
    }

    @Test
    void jobsAreListedAndDescribed() throws Exception {
        WeirJob job = jobs.start("numbers");

        assertThat(get(client.listJobs()))
                .extracting(JobStatusMessage::getJobId, JobStatusMessage::getJobName, JobStatusMessage::getJobState)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(job.jobId(), "numbers", JobStatus.RUNNING));
        assertThat(get(client.getJobStatus(job.jobId()))).isEqualTo(JobStatus.RUNNING);
        JobDetailsInfo details = get(client.getJobDetails(job.jobId()));
        assertThat(details.getName()).isEqualTo("numbers");
        assertThat(details.getJobVertexInfos())
                .extracting(vertex -> vertex.getName())
                .containsExactly("Source: Sequence Source", "count -> Sink: Writer");
        assertThat(details.getJobVertexInfos())
                .allSatisfy(vertex -> assertThat(vertex.getTasksPerState()).containsEntry(ExecutionState.RUNNING, 2));
        assertThat((Long) get(client.getAccumulators(job.jobId())).get("seen")).isPositive();
    }

    @Test
    void aJobIsCancelled() throws Exception {
        WeirJob job = jobs.start("numbers");

        get(client.cancel(job.jobId()));

        JobResult result = get(client.requestJobResult(job.jobId()));
        assertThat(result.getJobStatus()).contains(JobStatus.CANCELED);
        assertThat(jobs.cancelled).containsExactly(job.jobId());
        assertThat(get(client.listJobs()))
                .extracting(JobStatusMessage::getJobState)
                .containsExactly(JobStatus.CANCELED);
    }

    @Test
    void savepointsAndCheckpointsAreTakenAndDisposedOf() throws Exception {
        WeirJob job = jobs.start("numbers");

        long checkpoint = get(client.triggerCheckpoint(job.jobId(), CheckpointType.FULL));
        assertThat(checkpoint).isEqualTo(1);
        String target = directory.resolve("there").toUri().toString();
        Path there =
                Path.of(URI.create(get(client.triggerSavepoint(job.jobId(), target, SavepointFormatType.CANONICAL))));
        assertThat(there).startsWith(directory.resolve("there"));
        assertThat(there.resolve("_metadata")).exists();
        String fallback = get(client.triggerSavepoint(job.jobId(), null, SavepointFormatType.NATIVE));
        assertThat(Path.of(URI.create(fallback))).startsWith(directory.resolve("savepoints"));

        get(client.disposeSavepoint(there.toUri().toString()));
        assertThat(there.resolve("_metadata")).doesNotExist();
        assertThatThrownBy(() -> get(client.disposeSavepoint(there.toUri().toString())))
                .hasMessageContaining("is still there");
    }

    @Test
    void aJobIsStoppedWithASavepointAndTheServerWaitsForTheAnswerToBeFetched() throws Exception {
        for (boolean drain : new boolean[] {false, true}) {
            WeirJob job = jobs.start("numbers");

            String savepoint = get(client.stopWithSavepoint(job.jobId(), drain, null, SavepointFormatType.CANONICAL));

            assertThat(Files.exists(Path.of(URI.create(savepoint)).resolve("_metadata")))
                    .isTrue();
            assertThat(get(client.requestJobResult(job.jobId())).getJobStatus()).contains(JobStatus.FINISHED);
        }
    }

    @Test
    void aJobIsCancelledWithASavepoint() throws Exception {
        WeirJob job = jobs.start("numbers");

        String savepoint = get(client.cancelWithSavepoint(job.jobId(), null, SavepointFormatType.CANONICAL));

        assertThat(Path.of(URI.create(savepoint)).resolve("_metadata")).exists();
        assertThat(job.result().get(60, SECONDS).status()).isEqualTo(JobStatus.CANCELED);
    }

    @Test
    void whatCannotBeIsRefused() {
        JobID nobody = new JobID();
        assertThatThrownBy(() -> get(client.getJobStatus(nobody))).hasMessageContaining("Could not find Flink job");
        assertThatThrownBy(() -> get(client.cancel(nobody))).hasMessageContaining(nobody.toString());
        assertThatThrownBy(() -> get(client.triggerSavepoint(nobody, null, SavepointFormatType.CANONICAL)))
                .hasMessageContaining(nobody.toString());
        assertThatThrownBy(() -> get(client.cancelWithSavepoint(nobody, null, SavepointFormatType.CANONICAL)))
                .hasMessageContaining(nobody.toString());
    }
}
