package dev.weir.engine.job;

import dev.weir.engine.checkpoint.Subtask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The parts of a dataflow that fail and restart together: subtasks that channels join, directly or over others. Pure.
 *
 * <p>Flink's pipelined regions, grown over blocking edges by Flink's own rule: who consumes the result of a restarted
 * producer restarts, and so does the producer of a result that is gone. Here a blocking edge is a channel without a bound,
 * whose records are gone as they are read, so every such producer is one.
 */
public final class Regions {
    private final Dataflow dataflow;

    /** First subtask of each vertex in {@link #parents}. */
    private final int[] offsets;

    /** A forest: the root of a subtask's tree names its region. */
    private final int[] parents;

    private Regions(Dataflow dataflow) {
        this.dataflow = dataflow;
        offsets = new int[dataflow.vertices().size() + 1];
        for (int vertex = 0; vertex < dataflow.vertices().size(); vertex++) {
            offsets[vertex + 1] =
                    offsets[vertex] + dataflow.vertices().get(vertex).parallelism();
        }
        parents = new int[offsets[offsets.length - 1]];
        for (int subtask = 0; subtask < parents.length; subtask++) {
            parents[subtask] = subtask;
        }
    }

    /** Every subtask is in exactly one region; regions are ordered by their first subtask. */
    public static List<SortedSet<Subtask>> of(Dataflow dataflow) {
        Regions regions = new Regions(dataflow);
        dataflow.edges().forEach(regions::join);
        return regions.collect();
    }

    /** All subtasks as one region: what restarts where regions are not asked for. */
    public static SortedSet<Subtask> whole(Dataflow dataflow) {
        SortedSet<Subtask> all = new TreeSet<>();
        for (int vertex = 0; vertex < dataflow.vertices().size(); vertex++) {
            for (int index = 0; index < dataflow.vertices().get(vertex).parallelism(); index++) {
                all.add(new Subtask(vertex, index));
            }
        }
        return all;
    }

    private void join(Dataflow.Edge edge) {
        EdgeWiring wiring = EdgeWiring.of(dataflow, edge);
        for (int consumer = 0; consumer < wiring.consumers(); consumer++) {
            int end = wiring.endProducer(consumer);
            for (int producer = wiring.firstProducer(consumer); producer < end; producer++) {
                parents[root(offsets[edge.source()] + producer)] = root(offsets[edge.target()] + consumer);
            }
        }
    }

    private int root(int subtask) {
        int at = subtask;
        while (parents[at] != at) {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        return at;
    }

    private List<SortedSet<Subtask>> collect() {
        Map<Integer, SortedSet<Subtask>> byRoot = new TreeMap<>();
        List<SortedSet<Subtask>> regions = new ArrayList<>();
        for (Subtask subtask : whole(dataflow)) {
            byRoot.computeIfAbsent(root(offsets[subtask.vertex()] + subtask.index()), root -> {
                        SortedSet<Subtask> region = new TreeSet<>();
                        regions.add(region);
                        return region;
                    })
                    .add(subtask);
        }
        return regions;
    }
}
