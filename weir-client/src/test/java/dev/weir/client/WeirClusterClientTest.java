package dev.weir.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.client.deployment.ClusterClientFactory;
import org.apache.flink.client.deployment.ClusterDescriptor;
import org.apache.flink.client.deployment.ClusterRetrieveException;
import org.apache.flink.client.deployment.ClusterSpecification;
import org.apache.flink.client.deployment.DefaultClusterClientServiceLoader;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.blob.PermanentBlobKey;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.client.DuplicateJobSubmissionException;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.ArchivedExecutionGraph;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.messages.FlinkJobNotFoundException;
import org.apache.flink.runtime.messages.FlinkJobTerminatedWithoutCancellationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeirClusterClientTest {
    /** Static as functions are serialized; renewed for each test. */
    private static CountDownLatch running = new CountDownLatch(1);

    private ClusterDescriptor<String> descriptor;
    private ClusterClient<String> client;

    private static Configuration target() {
        return new Configuration().set(DeploymentOptions.TARGET, "weir").set(DeploymentOptions.ATTACHED, true);
    }

    @BeforeEach
    void openSession() throws Exception {
        running = new CountDownLatch(1);
        ClusterClientFactory<String> factory =
                new DefaultClusterClientServiceLoader().getClusterClientFactory(target());
        descriptor = factory.createClusterDescriptor(target());
        client = descriptor
                .deploySessionCluster(
                        new ClusterSpecification.ClusterSpecificationBuilder().createClusterSpecification())
                .getClusterClient();
    }

    @AfterEach
    void shutDown() {
        client.shutDownCluster();
        client.close();
        descriptor.close();
    }

    private StreamExecutionEnvironment environment() {
        StreamExecutionEnvironment env =
                new StreamExecutionEnvironment(target().set(WeirTarget.CLUSTER_ID, client.getClusterId()));
        env.setParallelism(2);
        return env;
    }

    private static final class CountingMap extends RichMapFunction<Long, Long> {
        private final LongCounter seen = new LongCounter();

        @Override
        public void open(OpenContext openContext) {
            getRuntimeContext().addAccumulator("seen", seen);
        }

        @Override
        public Long map(Long value) {
            seen.add(1);
            return value;
        }
    }

    private static final class WaitingMap implements MapFunction<Long, Long> {
        @Override
        public Long map(Long value) throws InterruptedException {
            running.countDown();
            new CountDownLatch(1).await();
            return value;
        }
    }

    private static final class SignallingMap implements MapFunction<Long, Long> {
        @Override
        public Long map(Long value) {
            running.countDown();
            return value;
        }
    }

    private static void counting(StreamExecutionEnvironment env) {
        env.fromSequence(1, 100).map(new CountingMap()).sinkTo(new DiscardingSink<>());
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(60, SECONDS);
    }

    @Test
    void jobOfTheExecutorIsKnownToTheClientOfItsSession() throws Exception {
        StreamExecutionEnvironment env = environment();
        counting(env);
        JobClient job = env.executeAsync("numbers");
        JobExecutionResult result = get(job.getJobExecutionResult());

        assertThat(result.<Long>getAccumulatorResult("seen")).isEqualTo(100L);
        assertThat(get(client.listJobs()))
                .extracting(JobStatusMessage::getJobId, JobStatusMessage::getJobName, JobStatusMessage::getJobState)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(job.getJobID(), "numbers", JobStatus.FINISHED));
        assertThat(get(client.getJobStatus(job.getJobID()))).isEqualTo(JobStatus.FINISHED);
        assertThat(get(client.getAccumulators(job.getJobID(), getClass().getClassLoader())))
                .isEqualTo(Map.of("seen", 100L));
    }

    @Test
    void jobWithoutASessionHasOneOfItsOwnAndItsClientAnswersAfterwards() throws Exception {
        StreamExecutionEnvironment env = new StreamExecutionEnvironment(target());
        counting(env);
        JobClient job = env.executeAsync("alone");

        assertThat(get(job.getJobExecutionResult()).<Long>getAccumulatorResult("seen"))
                .isEqualTo(100L);
        assertThat(get(job.getJobStatus())).isEqualTo(JobStatus.FINISHED);
        assertThat(get(job.getAccumulators())).isEqualTo(Map.of("seen", 100L));
        assertThat(get(client.listJobs())).isEmpty();
    }

    @Test
    void collectsThroughTheSinksCoordinator() throws Exception {
        assertThat(environment().fromSequence(1, 5).executeAndCollect(100))
                .containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void streamGraphAndJobGraphAreTaken() throws Exception {
        StreamExecutionEnvironment env = environment();
        counting(env);
        var streamGraph = env.getStreamGraph();
        streamGraph.setJobId(new JobID());
        JobResult first = get(client.requestJobResult(get(client.submitJob(streamGraph))));
        assertThat(first.isSuccess()).isTrue();
        assertThat(first.getJobId()).isEqualTo(streamGraph.getJobID());
        assertThat(first.getAccumulatorResults()).containsKey("seen");

        counting(env);
        JobGraph jobGraph = env.getStreamGraph().getJobGraph();
        JobResult second = get(client.requestJobResult(get(client.submitJob(jobGraph))));
        assertThat(second.isSuccess()).isTrue();
        assertThat(second.getJobId()).isEqualTo(jobGraph.getJobID());
        assertThat(get(client.listJobs())).hasSize(2);
    }

    @Test
    void sameJobIsNotTakenTwice() throws Exception {
        StreamExecutionEnvironment env = environment();
        counting(env);
        JobGraph graph = env.getStreamGraph().getJobGraph();
        get(client.requestJobResult(get(client.submitJob(graph))));
        assertThatThrownBy(() -> get(client.submitJob(graph)))
                .hasCauseInstanceOf(DuplicateJobSubmissionException.class);
    }

    @Test
    void runningJobShowsItsSubtasksAndIsCancelled() throws Exception {
        StreamExecutionEnvironment env = environment();
        env.fromSequence(1, 100).map(new WaitingMap()).sinkTo(new DiscardingSink<>());
        JobID job = env.executeAsync("waiting").getJobID();
        assertThat(running.await(60, SECONDS)).isTrue();
        ArchivedExecutionGraph graph = get(((WeirClusterClient) client).getExecutionGraph(job));
        assertThat(graph.getState()).isEqualTo(JobStatus.RUNNING);
        assertThat(graph.getAllExecutionVertices())
                .isNotEmpty()
                .anySatisfy(vertex -> assertThat(vertex.getExecutionState()).isEqualTo(ExecutionState.RUNNING));

        get(client.cancel(job));
        JobResult result = get(client.requestJobResult(job));
        assertThat(result.getJobStatus()).contains(JobStatus.CANCELED);
        assertThatThrownBy(() -> result.toJobExecutionResult(getClass().getClassLoader()))
                .isInstanceOf(JobCancellationException.class);
        assertThat(get(((WeirClusterClient) client).getExecutionGraph(job)).getAllExecutionVertices())
                .allSatisfy(vertex ->
                        assertThat(vertex.getExecutionState().isTerminal()).isTrue());
        // once more is no error, as in Flink
        get(client.cancel(job));
    }

    @Test
    void checkpointsOfARunningJobAreTriggeredAndShown(@TempDir Path directory) throws Exception {
        StreamExecutionEnvironment env =
                new StreamExecutionEnvironment(target().set(WeirTarget.CLUSTER_ID, client.getClusterId())
                        .set(
                                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                                directory.toUri().toString()));
        env.setParallelism(1);
        env.fromSequence(1, Long.MAX_VALUE).map(new SignallingMap()).sinkTo(new DiscardingSink<>());
        JobID job = env.executeAsync("long").getJobID();
        assertThat(running.await(60, SECONDS)).isTrue();
        WeirClusterClient weir = (WeirClusterClient) client;

        long first = get(weir.triggerCheckpoint(job, CheckpointType.FULL));
        String second = get(weir.triggerCheckpoint(job));
        String savepoint = get(weir.triggerSavepoint(
                job, directory.resolve("savepoints").toUri().toString(), SavepointFormatType.CANONICAL));

        CheckpointStatsSnapshot stats = get(weir.getExecutionGraph(job)).getCheckpointStatsSnapshot();
        assertThat(stats.getCounts().getNumberOfCompletedCheckpoints()).isEqualTo(3);
        assertThat(stats.getHistory().getLatestCompletedCheckpoint().getExternalPath())
                .isEqualTo(second);
        assertThat(stats.getHistory().getLatestSavepoint().getExternalPath()).isEqualTo(savepoint);
        assertThat(stats.getHistory().getCheckpoints())
                .extracting(AbstractCheckpointStats::getCheckpointId)
                .containsExactly(first + 2, first + 1, first);
        get(client.cancel(job));
        get(client.requestJobResult(job));
    }

    @Test
    void failedJobTellsTheUsersException() throws Exception {
        StreamExecutionEnvironment env = environment();
        env.fromSequence(1, 100)
                .map(value -> {
                    if (value == 42) {
                        throw new IllegalStateException("no 42 please");
                    }
                    return value;
                })
                .sinkTo(new DiscardingSink<>());
        JobID job = get(client.submitJob(env.getStreamGraph().getJobGraph()));
        JobResult result = get(client.requestJobResult(job));
        assertThat(result.getJobStatus()).contains(JobStatus.FAILED);
        assertThatThrownBy(() -> result.toJobExecutionResult(getClass().getClassLoader()))
                .isInstanceOf(JobExecutionException.class)
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("no 42 please");
        ArchivedExecutionGraph graph = get(((WeirClusterClient) client).getExecutionGraph(job));
        assertThat(graph.getFailureInfo().getExceptionAsString()).contains("no 42 please");
        assertThatThrownBy(() -> get(client.cancel(job)))
                .hasCauseInstanceOf(FlinkJobTerminatedWithoutCancellationException.class);
    }

    @Test
    void planThatCannotRunIsRefused() {
        assertThatThrownBy(() -> get(client.submitJob(new JobGraph("nothing"))))
                .hasCauseInstanceOf(JobSubmissionException.class)
                .hasRootCauseMessage("the plan of job 'nothing' is empty: it has no operators");
        StreamExecutionEnvironment env = environment();
        counting(env);
        JobGraph graph = env.getStreamGraph().getJobGraph();
        graph.addUserJarBlobKey(new PermanentBlobKey());
        assertThatThrownBy(() -> get(client.submitJob(graph)))
                .hasRootCauseInstanceOf(IOException.class)
                .hasMessageContaining("Failed to submit job");
    }

    @Test
    void unknownJobIsNotFound() {
        JobID nobody = new JobID();
        List<CompletableFuture<?>> all = List.of(
                client.getJobStatus(nobody),
                client.requestJobResult(nobody),
                client.cancel(nobody),
                client.getAccumulators(nobody),
                client.triggerSavepoint(nobody, null, SavepointFormatType.CANONICAL),
                ((WeirClusterClient) client).getExecutionGraph(nobody));
        for (CompletableFuture<?> future : all) {
            assertThatThrownBy(() -> get(future))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(FlinkJobNotFoundException.class);
        }
    }

    @Test
    void aSavepointThatIsNotThereCannotBeDisposedOf() {
        assertThatThrownBy(() -> get(client.disposeSavepoint("file:///nowhere")))
                .hasMessageContaining("file:///nowhere");
    }

    @Test
    void sessionThatWasShutDownIsNotFound() throws Exception {
        String id = client.getClusterId();
        assertThat(descriptor.retrieve(id).getClusterClient().getClusterId()).isEqualTo(id);
        client.shutDownCluster();
        assertThatThrownBy(() -> descriptor.retrieve(id))
                .isInstanceOf(ClusterRetrieveException.class)
                .hasMessageContaining(id);
        StreamExecutionEnvironment env = environment();
        counting(env);
        assertThatThrownBy(() -> env.executeAsync("late"))
                .hasStackTraceContaining("no Weir session with id '" + id + "' is open in this process");
    }
}
