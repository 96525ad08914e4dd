package dev.weir.engine.job;

import dev.weir.engine.task.Processor;
import dev.weir.engine.task.SubtaskId;
import java.util.List;

/**
 * A job as the engine sees it: vertices, and edges between them. Immutable; built by an adapter.
 *
 * @param name the job's name, for people
 * @param vertices in topological order
 * @param edges in an order that fixes, for each vertex, the order of its outputs and of the channels of each input
 */
public record Dataflow(String name, List<Vertex> vertices, List<Edge> edges) {

    /**
     * A chain of operators that runs as {@code parallelism} subtasks.
     *
     * @param sourceInputs one flag per logical input: true where the input is a source inside the chain and no edge leads to it
     */
    public record Vertex(
            String name,
            int parallelism,
            int maxParallelism,
            List<Boolean> sourceInputs,
            ProcessorFactory processors) {}

    /**
     * All channels from one vertex to one logical input of another.
     *
     * @param source index of the producing vertex
     * @param target index of the consuming vertex
     * @param targetInput logical input of the target; several edges to one input are a union
     * @param bufferTimeoutMillis 0: each record is flushed; -1: only full batches are; else the longest time a record is held back
     * @param overtakable whether the barriers of unaligned checkpoints may overtake records
     * @param bounded false for an edge that must never hold its producer back (a blocking exchange of batch mode)
     */
    public record Edge(
            int source,
            int target,
            int targetInput,
            Wiring wiring,
            long bufferTimeoutMillis,
            boolean bounded,
            boolean overtakable) {

        /** An edge on which barriers may overtake where it joins all subtasks with all. */
        public Edge(int source, int target, int targetInput, Wiring wiring, long bufferTimeoutMillis, boolean bounded) {
            this(source, target, targetInput, wiring, bufferTimeoutMillis, bounded, wiring == Wiring.ALL_TO_ALL);
        }
    }

    /** Which producers meet which consumers, as Flink's distribution patterns have it. */
    public enum Wiring {
        ALL_TO_ALL,
        POINTWISE
    }

    /** Makes the processor of one subtask; called on the subtask's own thread. */
    @FunctionalInterface
    public interface ProcessorFactory {
        Processor create(SubtaskId subtask) throws Exception;
    }

    /** Whether every edge leads from a vertex to an input of another, or an exception. */
    void checkEdges() {
        edges.forEach(this::check);
    }

    private void check(Edge edge) {
        int count = vertices.size();
        if (edge.source() < 0 || edge.source() >= count || edge.target() < 0 || edge.target() >= count) {
            throw new IllegalArgumentException(
                    "dataflow '" + name + "': " + edge + " joins vertices that are not among vertices=" + count);
        }
        Vertex target = vertices.get(edge.target());
        int inputs = target.sourceInputs().size();
        if (edge.targetInput() < 0
                || edge.targetInput() >= inputs
                || target.sourceInputs().get(edge.targetInput())) {
            throw new IllegalArgumentException("dataflow '" + name + "': vertex '" + target.name()
                    + "' has no input=" + edge.targetInput() + " for an edge to lead to, sourceInputs="
                    + target.sourceInputs());
        }
    }
}
