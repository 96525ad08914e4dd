package dev.weir.flink.plan;

import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.EdgeWiring;
import dev.weir.flink.host.GateShape;
import dev.weir.flink.host.HostedVertex;
import dev.weir.flink.host.JobScope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.executiongraph.ExecutionGraphID;
import org.apache.flink.runtime.jobgraph.DistributionPattern;
import org.apache.flink.runtime.jobgraph.IntermediateDataSetID;
import org.apache.flink.runtime.jobgraph.JobEdge;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.graph.NonChainedOutput;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.runtime.tasks.SourceOperatorStreamTask;
import org.apache.flink.streaming.runtime.tasks.SourceStreamTask;
import org.apache.flink.streaming.runtime.tasks.StreamIterationHead;
import org.apache.flink.streaming.runtime.tasks.StreamIterationTail;
import org.apache.flink.streaming.runtime.tasks.StreamTask;

/**
 * A job graph with its parallelism decided, and the engine's dataflow made from it. Owned by who starts the job.
 *
 * <p>Engine edges are listed by consumer, in the order of the consumer's inputs, so that flattened channels count as they
 * do in Flink.
 */
public final class JobTranslation {
    private final JobGraph graph;
    private final ClassLoader loader;
    private final List<JobVertex> vertices;
    private final Map<JobVertexID, Integer> positions = new HashMap<>();
    private final Map<JobVertexID, Integer> parallelism = new LinkedHashMap<>();
    private final Map<JobVertexID, Integer> maxParallelism = new HashMap<>();

    /**
     * @param defaultParallelism of vertices that leave it open, as batch mode does
     * @throws JobException where a parallelism exceeds its maximum
     */
    public JobTranslation(JobGraph graph, ClassLoader loader, int defaultParallelism) throws JobException {
        this.graph = graph;
        this.loader = loader;
        this.vertices = graph.getVerticesSortedTopologicallyFromSources();
        for (JobVertex vertex : vertices) {
            refuseOtherTasks(vertex);
            positions.put(vertex.getID(), positions.size());
            decideParallelism(vertex, defaultParallelism);
        }
    }

    /** The same, by the parallelism that the job or else the configuration says is the default. */
    public static JobTranslation of(
            JobGraph graph, ExecutionConfig execution, ReadableConfig configuration, ClassLoader loader)
            throws JobException {
        int given = execution.getParallelism() > 0
                ? execution.getParallelism()
                : configuration.get(CoreOptions.DEFAULT_PARALLELISM);
        return new JobTranslation(graph, loader, Math.max(given, 1));
    }

    private void refuseOtherTasks(JobVertex vertex) throws JobException {
        Class<?> invokable = vertex.getInvokableClass(loader);
        if (!StreamTask.class.isAssignableFrom(invokable)
                || StreamIterationHead.class.isAssignableFrom(invokable)
                || StreamIterationTail.class.isAssignableFrom(invokable)) {
            throw new JobException(
                    "Vertex '" + vertex.getName() + "' runs " + invokable.getName()
                            + ", which is not a chain of stream operators. Weir runs programs of the DataStream and Table API.");
        }
    }

    private void decideParallelism(JobVertex vertex, int defaultParallelism) throws JobException {
        int decided = vertex.getParallelism();
        for (JobEdge input : vertex.getInputs()) {
            if (decided <= 0 && input.isForward()) {
                decided = parallelism(input.getSource().getProducer());
            }
        }
        if (decided <= 0) {
            decided = vertex.getMaxParallelism() > 0
                    ? Math.min(defaultParallelism, vertex.getMaxParallelism())
                    : defaultParallelism;
        }
        int max = vertex.getMaxParallelism() > 0
                ? vertex.getMaxParallelism()
                : KeyGroupRangeAssignment.computeDefaultMaxParallelism(decided);
        if (decided > max) {
            throw new JobException("Vertex " + vertex.getName() + "'s parallelism (" + decided
                    + ") is higher than the max parallelism (" + max
                    + "). Please lower the parallelism or increase the max parallelism.");
        }
        parallelism.put(vertex.getID(), decided);
        maxParallelism.put(vertex.getID(), max);
    }

    /** In topological order, which is the order of the dataflow's vertices. */
    public List<JobVertex> vertices() {
        return vertices;
    }

    public Map<JobVertexID, Integer> parallelism() {
        return parallelism;
    }

    public int parallelism(JobVertex vertex) {
        return parallelism.getOrDefault(vertex.getID(), 0);
    }

    public int maxParallelism(JobVertex vertex) {
        return maxParallelism.getOrDefault(vertex.getID(), 0);
    }

    /** The number of key groups that a vertex's restored state has, where nobody asked for another. */
    public void adoptMaxParallelism(JobVertex vertex, int restored) {
        maxParallelism.put(vertex.getID(), restored);
    }

    /** Makes the dataflow whose processors host the vertices' operator chains. */
    public Dataflow dataflow(JobScope scope) {
        List<Dataflow.Edge> edges = new ArrayList<>();
        Map<IntermediateDataSetID, NonChainedOutput> outputs = outputs();
        List<Map<IntermediateDataSetID, List<Integer>>> edgesByDataSet = new ArrayList<>();
        Map<IntermediateDataSetID, Integer> keyGroupsByDataSet = new HashMap<>();
        int[] outputEdges = new int[vertices.size()];
        for (int i = 0; i < vertices.size(); i++) {
            edgesByDataSet.add(new HashMap<>());
        }
        for (JobVertex target : vertices) {
            StreamConfig config = new StreamConfig(target.getConfiguration());
            List<StreamEdge> inEdges = config.getInPhysicalEdges(loader);
            for (int gate = 0; gate < target.getInputs().size(); gate++) {
                JobEdge edge = target.getInputs().get(gate);
                int source = position(edge.getSource().getProducer());
                NonChainedOutput output = outputs.get(edge.getSourceId());
                if (output == null) {
                    throw new IllegalStateException("input " + gate + " of '" + target.getName() + "' has no producer");
                }
                keyGroupsByDataSet.put(edge.getSourceId(), maxParallelism(target));
                edgesByDataSet
                        .get(source)
                        .computeIfAbsent(edge.getSourceId(), id -> new ArrayList<>())
                        .add(outputEdges[source]++);
                edges.add(new Dataflow.Edge(
                        source,
                        position(target),
                        input(inEdges.get(gate)),
                        wiring(edge),
                        output.getBufferTimeout(),
                        output.getPartitionType().mustBePipelinedConsumed(),
                        output.getPartitioner().isSupportsUnalignedCheckpoint()));
            }
        }
        ExecutionGraphID attempts = new ExecutionGraphID();
        List<Dataflow.Vertex> engineVertices = new ArrayList<>();
        for (int i = 0; i < vertices.size(); i++) {
            engineVertices.add(vertex(vertices.get(i), scope, edgesByDataSet.get(i), keyGroupsByDataSet, attempts));
        }
        return new Dataflow(graph.getName(), engineVertices, edges);
    }

    private int position(JobVertex vertex) {
        Integer position = positions.get(vertex.getID());
        if (position == null) {
            throw new IllegalStateException("vertex '" + vertex.getName() + "' is not in the job graph");
        }
        return position;
    }

    private Map<IntermediateDataSetID, NonChainedOutput> outputs() {
        Map<IntermediateDataSetID, NonChainedOutput> outputs = new HashMap<>();
        for (JobVertex vertex : vertices) {
            for (NonChainedOutput output :
                    new StreamConfig(vertex.getConfiguration()).getVertexNonChainedOutputs(loader)) {
                outputs.put(output.getDataSetId(), output);
            }
        }
        return outputs;
    }

    @SuppressWarnings("deprecation") // legacy sources still run
    private Dataflow.Vertex vertex(
            JobVertex vertex,
            JobScope scope,
            Map<IntermediateDataSetID, List<Integer>> edgesByDataSet,
            Map<IntermediateDataSetID, Integer> keyGroupsByDataSet,
            ExecutionGraphID attempts) {
        boolean legacy = SourceStreamTask.class.getName().equals(vertex.getInvokableClassName());
        HostedVertex hosted = new HostedVertex(
                vertex.getID(),
                vertex.getName(),
                parallelism(vertex),
                maxParallelism(vertex),
                legacy,
                vertex.getConfiguration(),
                gates(vertex),
                edgesByDataSet,
                keyGroupsByDataSet,
                attempts);
        return new Dataflow.Vertex(
                vertex.getName(),
                hosted.parallelism(),
                hosted.maxParallelism(),
                sourceInputs(vertex, legacy),
                subtask -> scope.processor(hosted, subtask.index()));
    }

    private List<GateShape> gates(JobVertex vertex) {
        List<StreamEdge> inEdges = new StreamConfig(vertex.getConfiguration()).getInPhysicalEdges(loader);
        List<GateShape> gates = new ArrayList<>();
        for (int gate = 0; gate < vertex.getInputs().size(); gate++) {
            JobEdge edge = vertex.getInputs().get(gate);
            gates.add(new GateShape(
                    input(inEdges.get(gate)),
                    new EdgeWiring(wiring(edge), parallelism(edge.getSource().getProducer()), parallelism(vertex))));
        }
        return List.copyOf(gates);
    }

    private static int input(StreamEdge edge) {
        return Math.max(edge.getTypeNumber() - 1, 0);
    }

    private static Dataflow.Wiring wiring(JobEdge edge) {
        return edge.getDistributionPattern() == DistributionPattern.POINTWISE
                ? Dataflow.Wiring.POINTWISE
                : Dataflow.Wiring.ALL_TO_ALL;
    }

    private List<Boolean> sourceInputs(JobVertex vertex, boolean legacy) {
        if (legacy || SourceOperatorStreamTask.class.getName().equals(vertex.getInvokableClassName())) {
            return List.of(true);
        }
        List<Boolean> sources = new ArrayList<>();
        for (StreamConfig.InputConfig input : new StreamConfig(vertex.getConfiguration()).getInputs(loader)) {
            sources.add(input instanceof StreamConfig.SourceInputConfig);
        }
        return sources.isEmpty() ? List.of(false) : sources;
    }
}
