package dev.weir.engine.checkpoint;

import java.util.List;
import java.util.stream.Stream;

/**
 * Who is upstream of whom: all that the coordinator knows of a job. Immutable.
 *
 * @param vertices in topological order
 */
public record CheckpointTopology(List<Vertex> vertices, List<Edge> edges) {

    /** A vertex: its name, for people, and its number of subtasks. */
    public record Vertex(String name, int parallelism) {}

    /**
     * The channels from one vertex to another.
     *
     * @param producers for each subtask of the target, the subtasks of the source that it reads
     */
    public record Edge(int source, int target, List<Span> producers) {
        public Edge {
            producers = List.copyOf(producers);
        }
    }

    /** The subtasks from {@code first} up to but without {@code end}. */
    public record Span(int first, int end) {}

    public CheckpointTopology {
        vertices = List.copyOf(vertices);
        edges = List.copyOf(edges);
        for (Edge edge : edges) {
            int consumers = vertices.get(edge.target()).parallelism();
            if (edge.producers().size() != consumers) {
                throw new IllegalArgumentException("edge " + edge + " into " + consumers + " subtasks");
            }
        }
    }

    int subtaskCount() {
        return vertices.stream().mapToInt(Vertex::parallelism).sum();
    }

    /** The subtasks that one of them reads. */
    Stream<Subtask> upstream(Subtask subtask) {
        return edges.stream().filter(edge -> edge.target() == subtask.vertex()).flatMap(edge -> {
            Span span = edge.producers().get(subtask.index());
            return Stream.iterate(span.first(), index -> index < span.end(), index -> index + 1)
                    .map(index -> new Subtask(edge.source(), index));
        });
    }

    /** As users know it: {@code name (2/4)}. */
    String describe(Subtask subtask) {
        Vertex vertex = vertices.get(subtask.vertex());
        return vertex.name() + " (" + (subtask.index() + 1) + "/" + vertex.parallelism() + ")";
    }
}
