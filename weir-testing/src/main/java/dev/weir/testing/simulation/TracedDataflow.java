package dev.weir.testing.simulation;

import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.Dataflow.Vertex;
import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.task.SubtaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * A random dataflow whose records carry where they come from and their number, and whose processors check what they get:
 * every channel in order, nothing lost, nothing twice, each life-cycle call once and in its place.
 *
 * <p>Runs in the simulator and on threads; the {@code assert} methods are for after the run.
 */
public final class TracedDataflow {
    private static final long[] BUFFER_TIMEOUTS = {0, -1, 1, 100};

    private final Dataflow dataflow;
    private final Map<SubtaskId, TracedProcessor> processors = new ConcurrentHashMap<>();

    private TracedDataflow(Random random, int recordsPerSource, Executor later) {
        List<Vertex> vertices = new ArrayList<>();
        List<Edge> edges = new ArrayList<>();
        int count = 2 + random.nextInt(4);
        for (int v = 0; v < count; v++) {
            vertices.add(vertex(v, random, edges, recordsPerSource, later));
        }
        this.dataflow = new Dataflow("traced", List.copyOf(vertices), List.copyOf(edges));
    }

    /**
     * Draws a dataflow.
     *
     * @param recordsPerSource at most, for each subtask
     * @param later runs what a processor wants to happen some time after its call
     */
    public static TracedDataflow random(Random random, int recordsPerSource, Executor later) {
        return new TracedDataflow(random, recordsPerSource, later);
    }

    private Vertex vertex(int v, Random random, List<Edge> edges, int recordsPerSource, Executor later) {
        List<Boolean> sources = new ArrayList<>();
        int inputs = v == 0 ? 1 : 1 + random.nextInt(3);
        for (int input = 0; input < inputs; input++) {
            boolean source = v == 0 || random.nextInt(5) == 0;
            sources.add(source);
            for (int union = 0; !source && union < 1 + random.nextInt(2); union++) {
                edges.add(new Edge(
                        random.nextInt(v),
                        v,
                        input,
                        random.nextBoolean() ? Wiring.ALL_TO_ALL : Wiring.POINTWISE,
                        BUFFER_TIMEOUTS[random.nextInt(BUFFER_TIMEOUTS.length)],
                        random.nextInt(8) != 0));
            }
        }
        long seed = random.nextLong();
        return new Vertex("v" + v, 1 + random.nextInt(4), 128, List.copyOf(sources), subtask -> {
            TracedProcessor processor =
                    new TracedProcessor(this, subtask, new Random(seed + subtask.index()), recordsPerSource, later);
            if (processors.put(subtask, processor) != null) {
                throw new AssertionError("a second processor for " + subtask);
            }
            return processor;
        });
    }

    /** What is to be run. */
    public Dataflow dataflow() {
        return dataflow;
    }

    /** After a run to the end: everything that was sent has come, and everybody is closed. */
    public void assertComplete() {
        int subtasks = 0;
        for (Vertex vertex : dataflow.vertices()) {
            subtasks += vertex.parallelism();
        }
        if (processors.size() != subtasks) {
            throw new AssertionError("processors=" + processors.size() + " != subtasks=" + subtasks);
        }
        long sent =
                processors.values().stream().mapToLong(TracedProcessor::sent).sum();
        long received = processors.values().stream()
                .mapToLong(TracedProcessor::received)
                .sum();
        if (sent != received) {
            throw new AssertionError("received=" + received + " != sent=" + sent);
        }
        processors.values().forEach(TracedProcessor::assertFinished);
    }

    /** After any run: whoever was made was closed. */
    public void assertClosed() {
        processors.values().forEach(TracedProcessor::assertClosed);
    }
}
