package dev.weir.engine.diagnosis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds who holds a job back: the busy vertices right below backpressured ones that are not backpressured themselves. What is
 * above them waits, what is below them is idle. Pure.
 */
public final class Bottlenecks {
    /** Who works more than this is busy. */
    private static final double BUSY_MIN = 0.5;

    private Bottlenecks() {}

    /** From one vertex to another, by their index. */
    public record Edge(int source, int target) {}

    /**
     * The vertices that hold others back, each with those that it holds back directly, in order. None where nobody is held
     * back.
     *
     * @param vertices in topological order
     */
    public static Map<Integer, List<Integer>> find(List<VertexTimes> vertices, List<Edge> edges) {
        Map<Integer, List<Integer>> found = new TreeMap<>();
        for (int held = 0; held < vertices.size(); held++) {
            if (!vertices.get(held).isHeldBack()) {
                continue;
            }
            for (int culprit : below(held, vertices, edges)) {
                found.computeIfAbsent(culprit, index -> new ArrayList<>()).add(held);
            }
        }
        return found;
    }

    private static List<Integer> below(int held, List<VertexTimes> vertices, List<Edge> edges) {
        List<Integer> consumers = edges.stream()
                .filter(edge -> edge.source() == held)
                .map(Edge::target)
                .distinct()
                .sorted()
                .toList();
        List<Integer> free = consumers.stream()
                .filter(index -> !vertices.get(index).isHeldBack())
                .toList();
        List<Integer> busy = free.stream()
                .filter(index -> vertices.get(index).busyIfKnown() > BUSY_MIN)
                .toList();
        if (!busy.isEmpty() || free.size() < consumers.size() || free.isEmpty()) {
            // where a consumer is backpressured too, what it waits for may be all there is
            return busy;
        }
        int busiest = free.get(0);
        for (int index : free) {
            busiest = vertices.get(index).busyIfKnown() > vertices.get(busiest).busyIfKnown() ? index : busiest;
        }
        return List.of(busiest);
    }
}
