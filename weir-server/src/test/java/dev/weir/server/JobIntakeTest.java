package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.flink.program.Program;
import dev.weir.flink.program.ProgramRun;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import dev.weir.testing.wait.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.client.DuplicateJobSubmissionException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.util.FlinkException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that outlive the session that they were submitted to. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class JobIntakeTest {
    @TempDir
    private Path directory;

    private Path data;
    private Path jar;
    private Configuration configuration;

    @BeforeEach
    void pack() throws Exception {
        data = directory.resolve("data");
        jar = Uploads.file(directory);
        configuration = new Configuration()
                .set(
                        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                        directory.resolve("checkpoints").toUri().toString());
    }

    private WeirJob submit(JobIntake intake, JobID id) throws Exception {
        return submit(intake, id, graph -> {});
    }

    private WeirJob submit(JobIntake intake, JobID id, Consumer<JobGraph> change) throws Exception {
        try (Program program =
                Program.open(jar, null, List.of(), List.of(Long.toString(Long.MAX_VALUE)), configuration)) {
            var graph = ProgramRun.firstJob(program);
            graph.setJobID(id);
            change.accept(graph);
            WeirJob job = intake.take(id, loader -> graph, List.of(jar), List.of(), Map.of());
            RunningJobs.awaitRunning(job);
            return job;
        }
    }

    private static List<WeirJob> resume(JobIntake intake) throws IOException {
        return intake.resume((id, problem) -> {
            throw new AssertionError(id, problem);
        });
    }

    private Path kept(JobID id) {
        return data.resolve("serve").resolve(id.toHexString());
    }

    @Test
    void aSuspendedJobGoesOnInTheNextSessionAndACancelledOneDoesNot() throws Exception {
        JobID first = new JobID();
        JobID second = new JobID();
        String checkpoint;
        try (WeirSession session = new WeirSession(configuration);
                JobIntake intake = JobIntake.keeping(session, data)) {
            WeirJob suspended = submit(intake, first);
            checkpoint = suspended.checkpoint(false).get();
            WeirJob cancelled = submit(intake, second);
            cancelled.cancel().get();
            session.suspend();
            assertThat(suspended.result().get().status()).isEqualTo(JobStatus.SUSPENDED);
        }
        assertThat(kept(second)).doesNotExist();
        assertThat(kept(first)).isDirectory();
        Files.delete(jar);

        try (WeirSession session = new WeirSession(configuration);
                JobIntake intake = JobIntake.keeping(session, data)) {
            List<WeirJob> resumed = resume(intake);

            assertThat(resumed).extracting(WeirJob::jobId).containsExactly(first);
            assertThat(resumed.get(0).name()).isEqualTo("counting, main 1");
            while (resumed.get(0).checkpoints().orElseThrow().restored() == null) {
                Waits.aMoment();
            }
            assertThat(resumed.get(0).checkpoints().orElseThrow().restored())
                    .satisfies(restored -> assertThat(restored.location()).isEqualTo(checkpoint));
            resumed.get(0).cancel().get();
        }
        assertThat(kept(first)).doesNotExist();
    }

    /** It has no record of its own that says so. */
    @Test
    void aJobWithoutCheckpointsIsForgottenBeforeItsEndIsTold() throws Exception {
        JobID id = new JobID();
        try (WeirSession session = new WeirSession(configuration);
                JobIntake intake = JobIntake.keeping(session, data)) {
            WeirJob job = submit(intake, id, graph -> {
                graph.getJobConfiguration().removeConfig(CheckpointingOptions.CHECKPOINTING_INTERVAL);
                graph.setSnapshotSettings(null);
            });
            assertThat(kept(id).resolve("job")).exists();
            // what was asked for last is answered first
            CompletableFuture<Boolean> stillThere =
                    job.cancel().thenApply(cancelled -> Files.exists(kept(id).resolve("job")));

            assertThat(stillThere.get()).isFalse();
        }
        assertThat(kept(id)).doesNotExist();
    }

    @Test
    void whatIsNotWholeIsSweptAndWhatCannotStartStays() throws Exception {
        JobID torn = new JobID();
        JobID damaged = new JobID();
        Files.createDirectories(kept(torn).resolve("jars"));
        Files.createDirectories(kept(damaged));
        Files.writeString(kept(damaged).resolve("classpaths"), "");
        Files.writeString(kept(damaged).resolve("job"), "no job");
        try (WeirSession session = new WeirSession(configuration);
                JobIntake intake = JobIntake.keeping(session, data)) {
            StringBuilder problems = new StringBuilder();

            assertThat(intake.resume((id, problem) -> problems.append(id))).isEmpty();

            assertThat(problems).hasToString(damaged.toHexString());
        }
        assertThat(kept(torn)).doesNotExist();
        assertThat(kept(damaged)).isDirectory();
    }

    @Test
    void aJobThatIsThereIsNotTakenTwiceAndOneThatFailsToStartLeavesNothing() throws Exception {
        JobID id = new JobID();
        try (WeirSession session = new WeirSession(configuration);
                JobIntake intake = JobIntake.keeping(session, data)) {
            submit(intake, id);

            assertThatThrownBy(() -> submit(intake, id)).isInstanceOf(DuplicateJobSubmissionException.class);
            assertThat(kept(id).resolve("job")).exists();
            JobID other = new JobID();
            assertThatThrownBy(() -> intake.take(
                            other,
                            loader -> {
                                throw new FlinkException("no plan");
                            },
                            List.of(jar),
                            List.of(),
                            Map.of()))
                    .hasMessage("no plan");
            assertThat(kept(other)).doesNotExist();
        }
    }

    @Test
    void twoProcessesDoNotKeepJobsInOneDirectory() throws Exception {
        try (WeirSession session = new WeirSession(configuration);
                JobIntake intake = JobIntake.keeping(session, data)) {
            assertThat(intake).isNotNull();
            assertThatThrownBy(() -> JobIntake.keeping(session, data))
                    .hasMessage("process " + ProcessHandle.current().pid() + " serves " + data + " already");
        }
        try (WeirSession session = new WeirSession(configuration);
                JobIntake again = JobIntake.keeping(session, data)) {
            assertThat(resume(again)).isEmpty();
        }
    }
}
