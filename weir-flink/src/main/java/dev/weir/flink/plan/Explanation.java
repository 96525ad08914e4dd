package dev.weir.flink.plan;

import dev.weir.flink.twin.NativeOptions;
import dev.weir.flink.twin.Twins;
import dev.weir.flink.twin.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.jobgraph.IntermediateDataSet;
import org.apache.flink.runtime.jobgraph.JobEdge;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.graph.StreamEdge;

/**
 * How a job will run: its vertices in topological order, which of their operators run natively, and where records go from
 * there. Decided by the code that decides it when the job starts. Immutable.
 */
public record Explanation(String job, List<Vertex> vertices) {

    /**
     * Operators that share threads.
     *
     * @param operators from the heads to the tails
     */
    public record Vertex(String name, int parallelism, List<Operator> operators, List<Edge> edges) {}

    /** An operator as the program names it. */
    public record Operator(String name, Verdict verdict) {}

    /**
     * A way out of a vertex.
     *
     * @param partitioning as Flink calls it, {@code HASH} for one
     * @param target name of the vertex that reads it
     */
    public record Edge(String partitioning, String target) {}

    /**
     * Explains a job without starting anything.
     *
     * @param cluster stands below the job's own configuration
     * @throws JobException where the job could not be started
     */
    public static Explanation of(JobGraph graph, Configuration cluster, ClassLoader userLoader)
            throws JobException, IOException, ClassNotFoundException {
        Configuration configuration = new Configuration(cluster);
        configuration.addAll(graph.getJobConfiguration());
        ExecutionConfig execution = graph.getSerializedExecutionConfig().deserializeValue(userLoader);
        JobTranslation translation = JobTranslation.of(graph, execution, configuration, userLoader);
        Chains chains = new Chains(NativeOptions.of(graph.getJobConfiguration(), cluster), userLoader);
        List<Vertex> vertices = new ArrayList<>();
        for (JobVertex vertex : translation.vertices()) {
            vertices.add(
                    new Vertex(vertex.getName(), translation.parallelism(vertex), chains.of(vertex), edges(vertex)));
        }
        return new Explanation(graph.getName(), List.copyOf(vertices));
    }

    private static List<Edge> edges(JobVertex vertex) {
        List<Edge> edges = new ArrayList<>();
        for (IntermediateDataSet produced : vertex.getProducedDataSets()) {
            for (JobEdge edge : produced.getConsumers()) {
                edges.add(new Edge(edge.getShipStrategyName(), edge.getTarget().getName()));
            }
        }
        return List.copyOf(edges);
    }

    private record Chains(NativeOptions.Choice choice, ClassLoader loader) {

        List<Operator> of(JobVertex vertex) {
            StreamConfig head = new StreamConfig(vertex.getConfiguration());
            Map<Integer, StreamConfig> configs = head.getTransitiveChainedTaskConfigsWithSelf(loader);
            List<Operator> operators = new ArrayList<>();
            for (StreamConfig.InputConfig input : head.getInputs(loader)) {
                if (input instanceof StreamConfig.SourceInputConfig source) {
                    operators.add(operator(at(configs, source.getInputEdge().getSourceId())));
                }
            }
            addFrom(head, configs, operators);
            return List.copyOf(operators);
        }

        private void addFrom(StreamConfig config, Map<Integer, StreamConfig> configs, List<Operator> operators) {
            operators.add(operator(config));
            for (StreamEdge edge : config.getChainedOutputs(loader)) {
                addFrom(at(configs, edge.getTargetId()), configs, operators);
            }
        }

        private Operator operator(StreamConfig config) {
            return new Operator(
                    config.getOperatorName(),
                    Twins.verdict(choice, config.getStreamOperatorFactory(loader), config, loader));
        }

        private static StreamConfig at(Map<Integer, StreamConfig> configs, int node) {
            StreamConfig config = configs.get(node);
            if (config == null) {
                throw new IllegalStateException("a chain without its node " + node);
            }
            return config;
        }
    }
}
