package dev.weir.engine.checkpoint;

import dev.weir.engine.checkpoint.CheckpointTopology.Edge;
import dev.weir.engine.checkpoint.CheckpointTopology.Span;
import dev.weir.engine.checkpoint.CheckpointTopology.Vertex;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Small topologies. */
final class Topologies {

    private Topologies() {}

    /** Vertices in a row, each subtask reading all of the vertex before. */
    static CheckpointTopology chain(int... parallelisms) {
        List<Edge> edges = new ArrayList<>();
        for (int target = 1; target < parallelisms.length; target++) {
            edges.add(allToAll(target - 1, parallelisms[target - 1], target, parallelisms[target]));
        }
        return new CheckpointTopology(vertices(parallelisms), edges);
    }

    static List<Vertex> vertices(int... parallelisms) {
        return IntStream.range(0, parallelisms.length)
                .mapToObj(vertex -> new Vertex("v" + vertex, parallelisms[vertex]))
                .toList();
    }

    static Edge allToAll(int source, int producers, int target, int consumers) {
        return new Edge(
                source,
                target,
                IntStream.range(0, consumers)
                        .mapToObj(consumer -> new Span(0, producers))
                        .toList());
    }

    static Edge oneToOne(int source, int target, int parallelism) {
        return new Edge(
                source,
                target,
                IntStream.range(0, parallelism)
                        .mapToObj(consumer -> new Span(consumer, consumer + 1))
                        .toList());
    }

    static List<Subtask> subtasks(CheckpointTopology topology) {
        List<Subtask> all = new ArrayList<>();
        for (int vertex = 0; vertex < topology.vertices().size(); vertex++) {
            for (int index = 0; index < topology.vertices().get(vertex).parallelism(); index++) {
                all.add(new Subtask(vertex, index));
            }
        }
        return all;
    }
}
