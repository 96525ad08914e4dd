package dev.weir.flink.host;

import dev.weir.flink.memory.ManagedMemory;
import dev.weir.flink.state.StoreNames;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.memory.ManagedMemoryUseCase;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store of a job whose configuration names none: the tiered one, except where RocksDB could not have the managed memory
 * that it takes when state does not fit the heap. Stateless.
 */
public final class DefaultStore {
    private static final Logger LOG = LoggerFactory.getLogger(DefaultStore.class);

    /** What takes managed memory that nobody else has to leave to state, as on Flink, where the default takes none. */
    private static final Set<ManagedMemoryUseCase> OTHERS =
            Set.of(ManagedMemoryUseCase.OPERATOR, ManagedMemoryUseCase.PYTHON);

    private DefaultStore() {}

    /**
     * Names the store in the job's configuration.
     *
     * @param configuration the cluster's with the job's above it, which name none; it is told too
     * @throws JobException when an option of the tiered store is wrong
     */
    public static void name(JobGraph graph, Configuration configuration, ClassLoader loader) throws JobException {
        BackendChoice.checkTiers(configuration);
        String name = of(graph, configuration, loader);
        configuration.set(StateBackendOptions.STATE_BACKEND, name);
        graph.getJobConfiguration().set(StateBackendOptions.STATE_BACKEND, name);
    }

    private static String of(JobGraph graph, Configuration configuration, ClassLoader loader) {
        if (!hasManagedMemory(configuration) || othersTakeIt(graph, loader)) {
            return StateBackendLoader.HASHMAP_STATE_BACKEND_NAME;
        }
        try {
            BackendChoice.checkTiered(configuration, loader);
            return StoreNames.TIERED;
        } catch (Exception | LinkageError e) {
            LOG.warn(
                    "job '{}': state stays on the heap, since RocksDB cannot be opened with the options given: {}",
                    graph.getName(),
                    e.getMessage());
            return StateBackendLoader.HASHMAP_STATE_BACKEND_NAME;
        }
    }

    private static boolean hasManagedMemory(Configuration configuration) {
        String weight = configuration
                .get(TaskManagerOptions.MANAGED_MEMORY_CONSUMER_WEIGHTS)
                .getOrDefault(TaskManagerOptions.MANAGED_MEMORY_CONSUMER_NAME_STATE_BACKEND, "0");
        return ManagedMemory.bytes(configuration) > 0 && !weight.trim().equals("0");
    }

    private static boolean othersTakeIt(JobGraph graph, ClassLoader loader) {
        for (JobVertex vertex : graph.getVertices()) {
            StreamConfig head = new StreamConfig(vertex.getConfiguration());
            for (StreamConfig operator :
                    head.getTransitiveChainedTaskConfigsWithSelf(loader).values()) {
                if (OTHERS.stream().anyMatch(useCase -> declares(operator, useCase))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean declares(StreamConfig operator, ManagedMemoryUseCase useCase) {
        return operator.getConfiguration().containsKey("managedMemFraction." + useCase);
    }
}
