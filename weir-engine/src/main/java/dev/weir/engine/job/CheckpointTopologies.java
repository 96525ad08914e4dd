package dev.weir.engine.job;

import dev.weir.engine.checkpoint.CheckpointTopology;
import dev.weir.engine.checkpoint.CheckpointTopology.Span;
import java.util.ArrayList;
import java.util.List;

/** A dataflow as a checkpoint coordinator sees it. Stateless. */
public final class CheckpointTopologies {

    private CheckpointTopologies() {}

    public static CheckpointTopology of(Dataflow dataflow) {
        List<CheckpointTopology.Vertex> vertices = dataflow.vertices().stream()
                .map(vertex -> new CheckpointTopology.Vertex(vertex.name(), vertex.parallelism()))
                .toList();
        List<CheckpointTopology.Edge> edges = new ArrayList<>();
        for (Dataflow.Edge edge : dataflow.edges()) {
            int consumers = vertices.get(edge.target()).parallelism();
            EdgeWiring wiring = EdgeWiring.of(dataflow, edge);
            List<Span> producers = new ArrayList<>();
            for (int consumer = 0; consumer < consumers; consumer++) {
                producers.add(new Span(wiring.firstProducer(consumer), wiring.endProducer(consumer)));
            }
            edges.add(new CheckpointTopology.Edge(edge.source(), edge.target(), producers));
        }
        return new CheckpointTopology(vertices, edges);
    }
}
