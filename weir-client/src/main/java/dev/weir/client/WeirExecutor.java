package dev.weir.client;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.client.deployment.ClusterClientJobClientAdapter;
import org.apache.flink.client.deployment.ClusterRetrieveException;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.JobStatusChangedListener;
import org.apache.flink.core.execution.JobStatusChangedListenerUtils;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * Runs a program's StreamGraph: in the session that the configuration names ({@link WeirTarget#CLUSTER_ID}), else in a
 * session of its own that ends with the job. Thread-safe, stateless.
 */
final class WeirExecutor implements PipelineExecutor {

    @Override
    public CompletableFuture<JobClient> execute(
            Pipeline pipeline, Configuration configuration, ClassLoader userCodeClassloader) throws Exception {
        SavepointRestoreSettings own = pipeline instanceof StreamGraph program
                ? program.getSavepointRestoreSettings()
                : SavepointRestoreSettings.none();
        StreamGraph graph = PipelineExecutorUtils.getStreamGraph(pipeline, configuration);
        if (!graph.getSavepointRestoreSettings().restoreSavepoint()) {
            // what the program has set itself, which Flink's utility overwrites
            graph.setSavepointRestoreSettings(own);
        }
        Optional<String> clusterId = configuration.getOptional(WeirTarget.CLUSTER_ID);
        if (clusterId.isPresent()) {
            // Whoever opened the session and executes in it announces its jobs: Flink's executors around a cluster do.
            return executeIn(clusterId.get(), graph, userCodeClassloader);
        }
        List<JobStatusChangedListener> listeners = JobStatusChangedListenerUtils.createJobStatusChangedListeners(
                userCodeClassloader, configuration, ForkJoinPool.commonPool());
        return executeAlone(graph, configuration, userCodeClassloader).thenApply(started -> {
            PipelineExecutorUtils.notifyJobStatusListeners(pipeline, graph, listeners);
            return started;
        });
    }

    private static CompletableFuture<JobClient> executeIn(String clusterId, StreamGraph graph, ClassLoader userLoader)
            throws ClusterRetrieveException {
        WeirClusterClient client = WeirClusterClient.of(clusterId)
                .orElseThrow(() -> new ClusterRetrieveException("no Weir session with id '" + clusterId
                        + "' is open in this process; unset " + WeirTarget.CLUSTER_ID.key()
                        + " to give the job a session of its own"));
        return client.submitJob(graph, userLoader).thenApply(id -> jobClient(client, id, userLoader));
    }

    private static CompletableFuture<JobClient> executeAlone(
            StreamGraph graph, Configuration configuration, ClassLoader userLoader) {
        String clusterId = OpenSessions.open(configuration);
        WeirClusterClient client = WeirClusterClient.of(clusterId).orElseThrow();
        // a closed session goes on answering for the jobs it had, so the job's client stays good; closing waits for
        // threads of the job, one of which may be the one that completes the result
        return client.submitJob(graph, userLoader)
                .whenComplete((id, failure) -> {
                    if (failure == null) {
                        var unused = client.requestJobResult(id)
                                .whenCompleteAsync((result, unexpected) -> OpenSessions.close(clusterId));
                    } else {
                        OpenSessions.close(clusterId);
                    }
                })
                .thenApply(id -> jobClient(client, id, userLoader));
    }

    private static JobClient jobClient(WeirClusterClient client, JobID id, ClassLoader userLoader) {
        return new ClusterClientJobClientAdapter<String>(() -> client, id, userLoader);
    }
}
