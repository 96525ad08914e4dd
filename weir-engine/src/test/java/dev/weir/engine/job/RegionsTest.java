package dev.weir.engine.job;

import static dev.weir.engine.job.JobExecutionTest.vertex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.job.Programs.Quiet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RegionsTest {

    private static Dataflow dataflow(int[] parallelism, Edge... edges) {
        List<Dataflow.Vertex> vertices = new ArrayList<>();
        for (int p : parallelism) {
            vertices.add(vertex("V" + vertices.size(), p, s -> new Quiet()));
        }
        return new Dataflow("regions", vertices, List.of(edges));
    }

    private static Edge edge(int source, int target, Wiring wiring, boolean bounded) {
        return new Edge(source, target, 0, wiring, 100, bounded);
    }

    private static SortedSet<Subtask> region(int... verticesAndIndices) {
        SortedSet<Subtask> region = new TreeSet<>();
        for (int i = 0; i < verticesAndIndices.length; i += 2) {
            region.add(new Subtask(verticesAndIndices[i], verticesAndIndices[i + 1]));
        }
        return region;
    }

    @Test
    void eachSubtaskOfAForwardOnlyJobIsARegionOfItsOwn() {
        assertThat(Regions.of(dataflow(new int[] {3, 3}, edge(0, 1, Wiring.POINTWISE, true))))
                .containsExactly(region(0, 0, 1, 0), region(0, 1, 1, 1), region(0, 2, 1, 2));
    }

    @Test
    void rescaledEdgesJoinThoseThatMeet() {
        assertThat(Regions.of(dataflow(new int[] {2, 4}, edge(0, 1, Wiring.POINTWISE, true))))
                .containsExactly(region(0, 0, 1, 0, 1, 1), region(0, 1, 1, 2, 1, 3));
    }

    @Test
    void anExchangeAmongAllMakesOneRegionAndAnotherPipelineIsAnother() {
        assertThat(Regions.of(dataflow(
                        new int[] {2, 1, 2, 1},
                        edge(0, 1, Wiring.ALL_TO_ALL, true),
                        edge(2, 3, Wiring.ALL_TO_ALL, true))))
                .containsExactly(region(0, 0, 0, 1, 1, 0), region(2, 0, 2, 1, 3, 0));
    }

    /** What it has read of a blocking edge is gone: its producer has to make it once more. */
    @Test
    void blockingEdgesJoinLikeOthers() {
        assertThat(Regions.of(dataflow(
                        new int[] {2, 2, 1},
                        edge(0, 1, Wiring.POINTWISE, false),
                        edge(1, 2, Wiring.ALL_TO_ALL, false))))
                .hasSize(1);
    }

    @Test
    void regionsAreWhatCanBeReachedOverChannels() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int[] parallelism = random.ints(1 + random.nextInt(5), 1, 6).toArray();
            List<Edge> edges = new ArrayList<>();
            for (int target = 1; target < parallelism.length; target++) {
                for (int source = 0; source < target; source++) {
                    if (random.nextInt(3) == 0) {
                        edges.add(edge(
                                source,
                                target,
                                random.nextInt(4) == 0 ? Wiring.ALL_TO_ALL : Wiring.POINTWISE,
                                random.nextBoolean()));
                    }
                }
            }
            Dataflow dataflow = dataflow(parallelism, edges.toArray(Edge[]::new));

            List<SortedSet<Subtask>> regions = Regions.of(dataflow);

            assertThat(regions.stream().flatMap(Collection::stream))
                    .as("seed %d", seed)
                    .containsExactlyInAnyOrderElementsOf(Regions.whole(dataflow));
            for (SortedSet<Subtask> region : regions) {
                assertThat(reachable(dataflow, region.first()))
                        .as("seed %d", seed)
                        .isEqualTo(region);
            }
        }
    }

    private static SortedSet<Subtask> reachable(Dataflow dataflow, Subtask from) {
        SortedSet<Subtask> reached = new TreeSet<>(List.of(from));
        Deque<Subtask> open = new ArrayDeque<>(reached);
        while (!open.isEmpty()) {
            Subtask at = open.poll();
            for (Edge edge : dataflow.edges()) {
                EdgeWiring wiring = EdgeWiring.of(dataflow, edge);
                for (int consumer = 0; consumer < wiring.consumers(); consumer++) {
                    for (int p = wiring.firstProducer(consumer); p < wiring.endProducer(consumer); p++) {
                        Subtask producer = new Subtask(edge.source(), p);
                        Subtask reader = new Subtask(edge.target(), consumer);
                        if (at.equals(producer) && reached.add(reader)) {
                            open.add(reader);
                        } else if (at.equals(reader) && reached.add(producer)) {
                            open.add(producer);
                        }
                    }
                }
            }
        }
        return reached;
    }
}
