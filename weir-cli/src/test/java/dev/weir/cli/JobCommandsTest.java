package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.cli.control.ControlServer;
import dev.weir.cli.control.FakeJob;
import dev.weir.cli.control.JobControl;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on running jobs, asked of two processes that are this one. */
@Timeout(60)
class JobCommandsTest {
    private static final String SAVED = "Savepoint completed. Path: file:/written" + System.lineSeparator();

    @TempDir
    Path data;

    private final Invocation weir = new Invocation();
    private final FakeJob orders = new FakeJob("a1000000000000000000000000000000", "orders");
    private final FakeJob clicks = new FakeJob("a2000000000000000000000000000000", "clicks");
    private final FakeJob old = new FakeJob("a3000000000000000000000000000000", "clicks").in(JobStatus.FINISHED);
    private final FakeJob other = new FakeJob("b1000000000000000000000000000000", "orders");
    private ControlServer one;
    private ControlServer two;

    @BeforeEach
    void open() {
        weir.with(Settings.DATA_DIR, data.toString());
        one = open("first", orders, clicks, old);
        two = open("second", other);
    }

    private ControlServer open(String key, FakeJob... jobs) {
        return Objects.requireNonNull(ControlServer.open(
                data,
                new JobControl(
                        () -> List.of(jobs),
                        id -> key + " " + id.toString().charAt(1),
                        new Configuration(),
                        data.resolve("savepoints"))));
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    @Test
    void listShowsTheJobsOfAllProcesses() {
        weir.run("list");
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines().skip(1).map(line -> line.split(" +")[0]))
                .containsExactlyInAnyOrder(
                        orders.jobId().toString(),
                        clicks.jobId().toString(),
                        other.jobId().toString());
        assertThat(weir.out())
                .startsWith("JOB ")
                .containsPattern(orders.jobId() + "  orders  RUNNING  2001-09-0[89] [0-9:]{8}  "
                        + ProcessHandle.current().pid() + " +-");
        weir.run("list", "-a");
        assertThat(weir.out()).contains(old.jobId() + "  clicks  FINISHED");
    }

    @Test
    void listOfNothingIsNoError() {
        weir.run("list", "--data-dir", data.resolve("empty").toString());
        assertThat(weir.code()).isZero();
        assertThat(weir.out()).isEmpty();
        assertThat(weir.err()).contains("no job runs").contains("empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a2000000000000000000000000000000", "a2", "clicks", "first 2"})
    void aJobIsMeantByIdPrefixNameOrKey(String meant) {
        weir.run("savepoint", meant);
        assertThat(weir.err()).isEmpty();
        assertThat(weir.out()).isEqualTo(SAVED);
        assertThat(weir.code()).isZero();
        assertThat(clicks.asked()).hasSize(1);
        assertThat(old.asked()).as("has ended, the running one is meant").isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"orders, 2 jobs are meant by 'orders'; say which by its id:", "a, 2 jobs are meant by 'a'"})
    void whoIsMeantTwiceIsAnError(String meant, String message) {
        weir.run("cancel", meant);
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        assertThat(weir.err()).startsWith("weir: " + message).contains(orders.jobId() + " 'orders' RUNNING, process ");
        assertThat(orders.asked()).isEmpty();
        assertThat(other.asked()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nope", "", "c", "a10000000000000000000000000000000"})
    void whoIsNotThereIsAnErrorThatListsWhatIs(String meant) {
        weir.run("stop", meant);
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        assertThat(weir.err())
                .startsWith("weir: no job is meant by '" + meant + "'; there are:")
                .contains(orders.jobId().toString(), clicks.jobId().toString(), "FINISHED");
    }

    @Test
    void withoutProcessesTheDataDirectoryIsNamed() {
        weir.run("stop", "x", "--data-dir", data.resolve("empty").toString());
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        assertThat(weir.err()).contains("no process of the data directory " + data.resolve("empty") + " has a job");
    }

    @Test
    void optionsReachTheJob() {
        weir.run("savepoint", "clicks", "s3://bucket/x", "-type", "native");
        weir.run("savepoint", "clicks", "some where");
        weir.run("stop", "--drain", "--savepointPath", "/there", "clicks");
        weir.run("stop", "-d", "-p", "/there", "--type", "CANONICAL", "clicks");
        weir.run("checkpoint", "clicks");
        assertThat(weir.out()).contains("Path: file:/written");
        weir.run("checkpoint", "-full", "clicks");
        weir.run("cancel", "-s", "/there", "clicks");
        assertThat(weir.out()).isEqualTo(SAVED + "Cancelled job " + clicks.jobId() + "." + System.lineSeparator());
        assertThat(clicks.asked())
                .containsExactly(
                        "savepoint s3://bucket/x NATIVE",
                        "savepoint " + Path.of("some where").toAbsolutePath() + " CANONICAL",
                        "stop drain=true /there CANONICAL",
                        "stop drain=true /there CANONICAL",
                        "checkpoint full=false",
                        "checkpoint full=true",
                        "cancelWithSavepoint /there CANONICAL",
                        "cancel");
    }

    @Test
    void whatFailsThereIsToldHere() {
        clicks.answering(CompletableFuture.failedFuture(new IllegalStateException("checkpoint 7 timed out")));
        weir.run("stop", "clicks");
        assertThat(weir.code()).isEqualTo(ExitCode.FAILED);
        assertThat(weir.out()).isEmpty();
        assertThat(weir.err()).isEqualTo("weir: checkpoint 7 timed out" + System.lineSeparator());
    }

    @ParameterizedTest
    @CsvSource({
        "stop, the JOB is missing",
        "stop clicks more, unknown argument: more",
        "savepoint clicks /there more, unknown argument: more",
        "list more, unknown argument: more",
        "savepoint clicks --type zip, neither canonical nor native",
        "stop clicks --nope, Unknown option",
    })
    void badUsageIsRefused(String command, String message) {
        weir.run(command.split(" "));
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        assertThat(weir.err()).contains(message);
        assertThat(clicks.asked()).isEmpty();
    }
}
