package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.cli.control.ControlServer;
import dev.weir.cli.control.FakeJob;
import dev.weir.cli.control.JobControl;
import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.SubtaskRow;
import dev.weir.engine.checkpoint.CheckpointStatistics.Vertex;
import dev.weir.engine.checkpoint.Figures;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import dev.weir.engine.diagnosis.Activity;
import dev.weir.engine.diagnosis.Culprit;
import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.engine.diagnosis.KeySpread;
import dev.weir.engine.diagnosis.Profile;
import dev.weir.engine.diagnosis.SlowPart;
import dev.weir.flink.metric.SubtaskLoad;
import dev.weir.flink.metric.VertexLoad;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.partition.ResultPartitionType;
import org.apache.flink.runtime.jobgraph.DistributionPattern;
import org.apache.flink.runtime.jobgraph.IntermediateDataSetID;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
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

    private static final JobVertexID SOURCE = new JobVertexID(1, 1);
    private static final JobVertexID SLOW = new JobVertexID(1, 2);

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
                        FakeJob.RUN,
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

    @Test
    void checkpointsAreShownAsTables() {
        clicks.with(history());
        weir.run("checkpoints", "clicks");
        assertThat(weir.err()).isEmpty();
        assertThat(weir.out().lines())
                .anyMatch(line -> line.equals("completed 1, failed 0, in progress 0, restored 0"))
                .anyMatch(line ->
                        line.matches("7 +checkpoint +completed +[-0-9]+ [:0-9]+ +2/2 +50 ms +3\\.0 KB +.*file:/7"))
                .anyMatch(line -> line.matches("p99 +50 ms +3\\.0 KB .*"));
        weir.run("checkpoints", "clicks", "--id", "7");
        assertThat(weir.out().lines())
                .anyMatch(line -> line.matches(
                        "SUBTASK +END TO END +START DELAY +ALIGNMENT +SYNC +ASYNC +TRIGGER TO SYNC +UNATTRIBUTED"
                                + " +CHECKPOINTED +FULL +PROCESSED +PERSISTED"))
                .anyMatch(line ->
                        line.matches("2 +50 ms +10 ms +5 ms +3 ms +20 ms +27 ms +12 ms +2\\.0 KB +4\\.0 KB +0 B +0 B"))
                .anyMatch(line -> line.matches("max +50 ms +.*"));
        weir.run("checkpoints", "clicks", "--id", "8");
        assertThat(weir.code()).isEqualTo(ExitCode.FAILED);
        assertThat(weir.err()).contains("checkpoint 8 is not in the history, which has 7");
        weir.run("checkpoints", "clicks", "--id", "x");
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void topShowsWhatTheVerticesDo() {
        clicks.loaded(load(0), load(1_000_000)).with(history());
        JobVertex source = new JobVertex("source", SOURCE);
        JobVertex slow = new JobVertex("slow", SLOW);
        slow.connectNewDataSetAsInput(
                source,
                DistributionPattern.ALL_TO_ALL,
                ResultPartitionType.PIPELINED,
                new IntermediateDataSetID(),
                false,
                false);
        clicks.jobGraph().addVertex(source);
        clicks.jobGraph().addVertex(slow);
        weir.run("top", "--once", "-i", "0.1", "clicks");
        assertThat(weir.err()).isEmpty();
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines())
                .first()
                .asString()
                .matches("process " + ProcessHandle.current().pid()
                        + ": heap [0-9.]+ .?B of [0-9.]+ .B, direct [0-9.]+ .?B of [0-9.]+ .B, metaspace .*");
        assertThat(weir.out().lines())
                .anyMatch(line -> line.matches("clicks RUNNING, " + clicks.jobId() + ", checkpoint 7 is [0-9]+ s old"))
                .anyMatch(line -> line.matches("source +1 +- +0 % +90 % +HIGH +0 +[1-9][0-9]* +0 % +100 % +0 +1000005"))
                .anyMatch(line -> line.matches("slow +2 +99 % +1 % +0 % +OK +[1-9][0-9]* +0 +87 % +0 % +1000007 +0"));
        assertThat(weir.out())
                .contains("held up by slow; weir why " + clicks.jobId() + " says why")
                .doesNotContain("orders", "\u001b");
    }

    @Test
    void whyTellsWhatHoldsAJobUp() throws Exception {
        clicks.held(new Diagnosis(
                List.of(culprit()), new SlowPart("slow", 1, SlowPart.Part.SYNC, 700, 800, 3), 200, 20.4, 2_040, 0.02));

        weir.run("why", "clicks");

        assertThat(weir.err()).isEmpty();
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines())
                .containsSequence(
                        "clicks RUNNING, " + clicks.jobId(),
                        "200 looks at stacks within 2.0 s, which took 1.0 % of it; collections took 2.0 %",
                        "",
                        "slow  one holds back source, and is busy 99 % of the time",
                        "  user code: 90 % of the busy time, most in org.My.map",
                        "  skew: subtask 2 of 4 reads 3.0 times the mean",
                        "  hot key 'a': 70 % of the records")
                .anyMatch(line -> line.matches("user code +90 %"))
                .anyMatch(line -> line.matches("org.My.map +user code +85 %"))
                .anyMatch(line -> line.matches("'a' +70 % +2"))
                .anyMatch(line -> line.matches("17 +71 % +2"))
                .contains("records: subtask 2 of 4 has read most, 30, 3.0 times the mean")
                .contains("of 1000 records, in 3 key groups")
                .contains("checkpoints take 800 ms: most of it the sync part of subtask 2 of slow, 700 ms,"
                        + " means of the latest 3");
    }

    @Test
    void whyTellsItInJson() throws Exception {
        clicks.held(new Diagnosis(List.of(culprit()), null, 200, 20.4, 2_040, 0.02));

        weir.run("why", "clicks", "--json");

        JsonNode told = new ObjectMapper().readTree(weir.out());
        assertThat(told.get("culprits")
                        .get(0)
                        .get("profile")
                        .get("shares")
                        .get(0)
                        .get("activity")
                        .asText())
                .isEqualTo("USER_CODE");
        assertThat(told.get("slowCheckpoints").isNull()).isTrue();
    }

    @Test
    void whyOfAHealthyJobNamesNobody() {
        weir.run("why", "clicks");
        assertThat(weir.out().lines()).containsExactly("clicks RUNNING, " + clicks.jobId(), "nobody is held back");
        weir.run("why");
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
    }

    private static Culprit culprit() {
        return Culprit.of(
                "id",
                "slow\n\u001bone",
                List.of("source"),
                0.99,
                new Profile(
                        400,
                        200,
                        List.of(new Profile.Share(Activity.USER_CODE, 0.9), new Profile.Share(Activity.RUNTIME, 0.1)),
                        List.of(new Profile.Method("org.My.map", Activity.USER_CODE, 0.85))),
                new long[] {2, 30, 4, 4},
                new KeySpread(
                        1_000,
                        List.of(new KeySpread.Key("'a'", 0.7, 1)),
                        List.of(new KeySpread.Group(17, 0.71, 1)),
                        3));
    }

    private static List<VertexLoad> load(long records) {
        return List.of(
                new VertexLoad(
                        SOURCE, "source", List.of(new SubtaskLoad(0, 0, Double.NaN, 0, 0.9, 0, records + 5, 0, 1))),
                new VertexLoad(
                        SLOW,
                        "slow",
                        List.of(
                                new SubtaskLoad(0, 0, 0.5, 0.5, 0, 7, 0, 0.1, 0),
                                new SubtaskLoad(1, 0, 0.99, 0.01, 0, records, 0, 0.87, 0))));
    }

    @Test
    void topOfNothingIsNoError() {
        weir.run("top", "--data-dir", data.resolve("empty").toString());
        assertThat(weir.code()).isZero();
        assertThat(weir.out()).isEmpty();
        assertThat(weir.err()).contains("no job runs").contains("empty");
    }

    private static CheckpointStatistics history() {
        long trigger = 1_000_000_000_000L;
        Vertex vertex = new Vertex(
                0,
                "source -> map",
                2,
                List.of(
                        new SubtaskRow(0, trigger + 40, 40, false, metrics(0, 0, 0, 0, 1024)),
                        new SubtaskRow(1, trigger + 50, 50, false, metrics(10, 5, 3, 20, 2048))));
        Vertex whole =
                new Vertex(0, "all", 1, List.of(new SubtaskRow(0, trigger + 50, 50, false, metrics(0, 0, 0, 0, 3072))));
        Figures bytes = whole.figures(row -> row.metrics().checkpointedBytes());
        Figures none = whole.figures(row -> 0);
        Checkpoint checkpoint = new Checkpoint(
                7,
                new CheckpointOptions(
                        CheckpointKind.CHECKPOINT,
                        PostCheckpointAction.NONE,
                        CheckpointOptions.Alignment.ALIGNED,
                        Long.MAX_VALUE),
                CheckpointStatistics.Status.COMPLETED,
                trigger,
                trigger + 60,
                "file:/7",
                100,
                null,
                List.of(vertex));
        return new CheckpointStatistics(
                new CheckpointStatistics.Counts(0, 1, 0, 1, 0),
                new CheckpointStatistics.Summary(whole.figures(SubtaskRow::endToEndMillis), bytes, bytes, none, none),
                List.of(checkpoint),
                checkpoint,
                null,
                null,
                null);
    }

    private static SubtaskMetrics metrics(long startDelay, long alignment, long sync, long async, long bytes) {
        long nanos = 1_000_000;
        return new SubtaskMetrics(
                startDelay * nanos, alignment * nanos, 0, 0, sync * nanos, async * nanos, bytes, 2 * bytes, false);
    }

    @Test
    void anUpgradeThatCannotBeStopsNothing() {
        weir.run("upgrade", "clicks", "new.jar");
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        assertThat(weir.err()).contains("has had 4 jobs");
        two.close();
        one.close();
        one = open("third", clicks);
        weir.run("upgrade", "clicks");
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        weir.run("upgrade", "clicks", data.resolve("nope.jar").toString());
        assertThat(weir.code()).isEqualTo(ExitCode.USAGE);
        assertThat(weir.err()).contains("nope.jar");
        assertThat(clicks.asked()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "stop, the JOB is missing",
        "stop clicks more, unknown argument: more",
        "savepoint clicks /there more, unknown argument: more",
        "list more, unknown argument: more",
        "top clicks more, unknown argument: more",
        "top --interval soon, is no number of seconds",
        "top --interval 0, is not between",
        "top nobody, no job is meant by 'nobody'",
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
