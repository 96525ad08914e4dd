package dev.weir.flink.host;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.SubTaskInitializationMetricsBuilder;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphID;
import org.apache.flink.runtime.jobgraph.IntermediateDataSetID;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.InternalTimeServiceManager;
import org.apache.flink.streaming.api.operators.InternalTimeServiceManagerImpl;
import org.apache.flink.streaming.api.operators.StreamTaskStateInitializer;
import org.apache.flink.streaming.api.operators.StreamTaskStateInitializerImpl;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.util.DynamicCodeLoadingException;

/**
 * A job vertex as its subtasks see it. Immutable.
 *
 * @param legacySource whether its head is a {@code SourceFunction}, which emits from a thread of its own
 * @param gates its input gates, in Flink's order
 * @param configuration the vertex's {@link StreamConfig}s, serialized
 * @param edgesByDataSet for each data set it produces, which of the engine vertex's output edges carry it
 * @param keyGroupsByDataSet for each data set it produces, the maximum parallelism of who reads it, as it will run
 */
public record HostedVertex(
        JobVertexID id,
        String name,
        int parallelism,
        int maxParallelism,
        boolean legacySource,
        Configuration configuration,
        List<GateShape> gates,
        Map<IntermediateDataSetID, List<Integer>> edgesByDataSet,
        Map<IntermediateDataSetID, Integer> keyGroupsByDataSet,
        ExecutionGraphID graph) {

    ExecutionAttemptID attempt(int subtask, int attempt) {
        return new ExecutionAttemptID(graph, new ExecutionVertexID(id, subtask), attempt);
    }

    /** The constructor of a stream task builds record writers for non-chained outputs, so the shell is shown none. */
    Configuration shellConfiguration() {
        Configuration copy = new Configuration(configuration);
        StreamConfig config = new StreamConfig(copy);
        config.setVertexNonChainedOutputs(List.of());
        config.serializeAllConfigs();
        return copy;
    }

    StreamTaskStateInitializer stateInitializer(
            SubtaskEnvironment environment, StreamConfig config, StreamTask<?, ?> task)
            throws IOException, DynamicCodeLoadingException {
        ClassLoader loader = environment.getUserCodeClassLoader().asClassLoader();
        InternalTimeServiceManager.Provider timers = config.getTimerServiceProvider(loader);
        return new StreamTaskStateInitializerImpl(
                environment,
                BackendChoice.of(config, environment),
                new SubTaskInitializationMetricsBuilder(System.currentTimeMillis()),
                TtlTimeProvider.DEFAULT,
                timers != null ? timers : InternalTimeServiceManagerImpl::create,
                task::isCanceled);
    }
}
