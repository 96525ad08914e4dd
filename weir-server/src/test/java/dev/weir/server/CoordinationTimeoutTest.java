package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.client.WeirClusterClient;
import dev.weir.flink.embed.WeirJobClient;
import dev.weir.flink.session.WeirJob;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationRequestHandler;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamingJobGraphGenerator;
import org.apache.flink.util.SerializedValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests to a coordinator that never answers. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class CoordinationTimeoutTest {
    private static final String UID = "silent";

    @TempDir
    private Path directory;

    private @Nullable RunningJobs jobs;

    private record Question() implements CoordinationRequest {}

    private record Provider(OperatorID getOperatorId) implements OperatorCoordinator.Provider {
        @Override
        public OperatorCoordinator create(OperatorCoordinator.Context context) {
            return new Silent();
        }
    }

    private static final class Silent implements OperatorCoordinator, CoordinationRequestHandler {
        @Override
        public CompletableFuture<CoordinationResponse> handleCoordinationRequest(CoordinationRequest request) {
            return new CompletableFuture<>();
        }

        @Override
        public void start() {}

        @Override
        public void close() {}

        @Override
        public void handleEventFromOperator(int subtask, int attempt, OperatorEvent event) {}

        @Override
        public void checkpointCoordinator(long checkpointId, CompletableFuture<byte[]> result) {
            result.complete(new byte[0]);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {}

        @Override
        public void resetToCheckpoint(long checkpointId, byte @Nullable [] checkpoint) {}

        @Override
        public void subtaskReset(int subtask, long checkpointId) {}

        @Override
        public void executionAttemptFailed(int subtask, int attempt, @Nullable Throwable reason) {}

        @Override
        public void executionAttemptReady(int subtask, int attempt, SubtaskGateway gateway) {}
    }

    @AfterEach
    void close() {
        if (jobs != null) {
            jobs.close();
        }
    }

    private WeirJob start(String option, String timeout) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString(option, timeout);
        jobs = new RunningJobs(configuration, directory);
        StreamExecutionEnvironment env = new StreamExecutionEnvironment(jobs.configuration);
        env.fromSequence(1, Long.MAX_VALUE).sinkTo(new DiscardingSink<>());
        ClassLoader loader = getClass().getClassLoader();
        JobGraph graph = env.getStreamGraph().getJobGraph(loader);
        graph.getVerticesSortedTopologicallyFromSources()
                .get(0)
                .addOperatorCoordinator(
                        new SerializedValue<>(new Provider(StreamingJobGraphGenerator.generateOperatorID(UID))));
        return jobs.session.submit(graph, loader);
    }

    @Test
    void clientsWaitAsLongAsTheirsSays() throws Exception {
        WeirJob job = start("client.timeout", "20 ms");
        String said = "has not answered a request: waited longer than client.timeout=20 ms";
        assertThatThrownBy(new WeirJobClient(job, getClass().getClassLoader())
                        .sendCoordinationRequest(UID, new Question())::get)
                .hasCauseInstanceOf(TimeoutException.class)
                .hasMessageContaining("job '" + job.name() + "'")
                .hasMessageContaining(said);
        assertThatThrownBy(
                        WeirClusterClient.of(jobs.session).sendCoordinationRequest(job.jobId(), UID, new Question())
                                ::get)
                .hasMessageContaining(said);
    }

    @Test
    void thoseOfTheServerWaitAsLongAsItsSays() throws Exception {
        WeirJob job = start("web.timeout", "200 ms");
        URI url = URI.create(jobs.server.url());
        try (RestClusterClient<String> client = new RestClusterClient<>(
                new Configuration()
                        .set(DeploymentOptions.TARGET, "remote")
                        .set(RestOptions.ADDRESS, url.getHost())
                        .set(RestOptions.PORT, url.getPort())
                        .set(RestOptions.RETRY_MAX_ATTEMPTS, 0),
                "weir")) {
            assertThatThrownBy(client.sendCoordinationRequest(job.jobId(), UID, new Question())::get)
                    .hasStackTraceContaining("has not answered a request: waited longer than web.timeout=200 ms");
        }
    }
}
