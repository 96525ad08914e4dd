package dev.weir.flink.session;

import dev.weir.engine.exchange.NetworkMemory;
import dev.weir.flink.coordination.JobCoordinators;
import dev.weir.flink.host.BackendChoice;
import dev.weir.flink.host.DefaultStore;
import dev.weir.flink.host.JobScope;
import dev.weir.flink.memory.ManagedMemory;
import dev.weir.flink.memory.NetworkOptions;
import dev.weir.flink.metric.JobMetrics;
import dev.weir.flink.plan.JobTranslation;
import java.io.File;
import java.io.IOException;
import java.util.function.Consumer;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.io.InputSplitSource;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.jspecify.annotations.Nullable;

/**
 * What a job has only while it runs. Dropped at its end, and with it the user's classes. As thread-safe as each of the parts.
 */
record JobParts(
        UserLoader loader,
        JobScope scope,
        JobCoordinators coordinators,
        CachedFiles files,
        JobTranslation translation,
        StatusListeners listeners,
        Restarts restarts,
        RestoredStates states,
        Quota quota) {

    /** What the job has of the process's: slots, and the memory that comes with them. */
    record Quota(int slots, NetworkMemory network) {}

    /**
     * Makes the parts of a job that may run then; nothing has been started.
     *
     * @param configuration the cluster's with the job's above it
     * @param pool of slots that the job has to take; null where it has as many, and all the memory, whatever others have
     * @param failing told of failures that are no task's
     */
    static JobParts of(
            JobGraph graph,
            Configuration configuration,
            Configuration cluster,
            ClassLoader userLoader,
            @Nullable SlotPool pool,
            JobMetrics metrics,
            Consumer<Throwable> failing)
            throws IOException, ClassNotFoundException, JobException {
        ExecutionConfig execution = graph.getSerializedExecutionConfig().deserializeValue(userLoader);
        JobTranslation translation = JobTranslation.of(graph, execution, configuration, userLoader);
        if (configuration.contains(StateBackendOptions.STATE_BACKEND)) {
            BackendChoice.check(configuration, userLoader);
        } else {
            DefaultStore.name(graph, configuration, userLoader);
        }
        UserLoader loader = new UserLoader(userLoader);
        File tmp = new File(ConfigurationUtils.parseTempDirectories(configuration)[0]);
        StatusListeners listeners = new StatusListeners(graph, configuration, userLoader);
        JobCoordinators coordinators =
                JobCoordinators.create(graph, translation.parallelism(), userLoader, failing, metrics.ofJobMaster());
        // last, since nothing that follows can fail and leave them behind
        CachedFiles files = new CachedFiles(graph.getUserArtifacts(), tmp);
        RestoredStates states = new RestoredStates();
        int slots = JobSlots.needed(graph, translation);
        // the process's: what a job's own configuration says of it counts for nothing, as on a Flink cluster
        NetworkMemory network = NetworkOptions.of(cluster);
        JobScope scope = new JobScope(
                graph,
                execution,
                ManagedMemory.withWeights(cluster),
                loader,
                new SubtaskCoordination(coordinators),
                states,
                files.entries(),
                tmp,
                pool == null
                        ? ManagedMemory.slotBytes(configuration, slots)
                        : ManagedMemory.slotBytes(cluster, slots, pool.part(slots)),
                metrics);
        Restarts restarts = new Restarts(
                graph.getJobConfiguration(),
                cluster,
                CheckpointingOptions.isCheckpointingEnabled(graph.getJobConfiguration()));
        Quota quota = new Quota(slots, pool == null ? network : network.part(pool.part(slots)));
        return new JobParts(loader, scope, coordinators, files, translation, listeners, restarts, states, quota);
    }

    /** Runs what vertices do on a master before the job. */
    void initializeVertices() throws Exception {
        for (JobVertex vertex : translation.vertices()) {
            int parallelism = translation.parallelism(vertex);
            vertex.initializeOnMaster(new MasterHooks(loader.asClassLoader(), parallelism));
            InputSplitSource<?> splits = vertex.getInputSplitSource();
            if (splits != null) {
                scope.splits().assign(vertex.getID(), MasterHooks.assigner(splits, parallelism));
            }
        }
    }

    /** Runs what vertices do on a master after a job that has finished. */
    void finalizeVertices() throws Exception {
        for (JobVertex vertex : translation.vertices()) {
            vertex.finalizeOnMaster(new MasterHooks(loader.asClassLoader(), translation.parallelism(vertex)));
        }
    }

    /** Lets go of everything, once the coordinators are closed. */
    void release() {
        scope.close();
        files.close();
        loader.release();
    }
}
