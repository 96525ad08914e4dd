package dev.weir.it.harness;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.runtime.client.JobInitializationException;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.MiniClusterJobClient;
import org.apache.flink.streaming.api.graph.StreamGraph;

/** Flink's own runtime, the oracle: one MiniCluster shared by all programs. */
public final class MiniClusterHost implements Host, PipelineExecutorServiceLoader, PipelineExecutorFactory {
    private static final String TARGET = "minicluster-oracle";
    private static final int SLOTS = 12;

    private final MiniCluster cluster;

    public MiniClusterHost() throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(RestOptions.BIND_PORT, "0");
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(64));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(128));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(128));
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(SLOTS)
                .build());
        cluster.start();
    }

    @Override
    public String name() {
        return "flink";
    }

    @Override
    public boolean hasTwins() {
        return false;
    }

    @Override
    public PipelineExecutorServiceLoader executors() {
        return this;
    }

    @Override
    public void configure(Configuration configuration) {
        configuration.set(DeploymentOptions.TARGET, TARGET);
        configuration.set(DeploymentOptions.ATTACHED, true);
    }

    @Override
    public String getName() {
        return TARGET;
    }

    @Override
    public boolean isCompatibleWith(Configuration configuration) {
        return TARGET.equals(configuration.get(DeploymentOptions.TARGET));
    }

    @Override
    public PipelineExecutor getExecutor(Configuration configuration) {
        return (pipeline, conf, loader) -> submit(PipelineExecutorUtils.getStreamGraph(pipeline, conf), loader);
    }

    private CompletableFuture<JobClient> submit(StreamGraph graph, ClassLoader loader) throws Exception {
        graph.serializeUserDefinedInstances();
        return cluster.submitJob(graph).thenApply(result -> {
            JobID job = result.getJobID();
            try {
                ClientUtils.waitUntilJobInitializationFinished(
                        () -> cluster.getJobStatus(job).get(),
                        () -> cluster.requestJobResult(job).get(),
                        loader);
            } catch (JobInitializationException e) {
                throw new CompletionException(e);
            }
            return new MiniClusterJobClient(job, cluster, loader, MiniClusterJobClient.JobFinalizationBehavior.NOTHING);
        });
    }

    @Override
    public PipelineExecutorFactory getExecutorFactory(Configuration configuration) {
        return this;
    }

    @Override
    public Stream<String> getExecutorNames() {
        return Stream.of(TARGET);
    }

    @Override
    public void close() throws Exception {
        cluster.close();
    }
}
