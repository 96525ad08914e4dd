package dev.weir.engine.job;

import dev.weir.engine.exchange.NetworkMemory;
import dev.weir.engine.job.Dataflow.Edge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The segments of network memory that a dataflow needs, by edge; pure arithmetic.
 *
 * <p>It is what Flink's result partitions need: one for each channel, and one more for each producer. Flink's input gates need
 * buffers of their own beside these; here a channel is one queue and has one side. An edge that never holds its producer
 * back (a blocking exchange) needs two for each channel, to write to a file and to read from it, and none where it stays in
 * memory.
 *
 * @param edges in the dataflow's order
 */
public record NetworkDemand(List<EdgeDemand> edges) {

    /**
     * What one edge needs.
     *
     * @param from name of the producing vertex
     * @param to name of the consuming vertex
     * @param segments all channels of the edge, and one for each producer; two for each channel of a blocking one
     */
    public record EdgeDemand(Edge edge, String from, String to, int producers, int consumers, long segments) {
        /** For a message. */
        @Override
        public String toString() {
            return "'" + from + "' -> '" + to + "' (" + producers
                    + (edge.wiring() == Dataflow.Wiring.ALL_TO_ALL ? " to all " : " pointwise to ") + consumers
                    + "): " + segments;
        }
    }

    /** What a dataflow needs. */
    public static NetworkDemand of(Dataflow dataflow, NetworkMemory memory) {
        List<EdgeDemand> edges = new ArrayList<>();
        for (Edge edge : dataflow.edges()) {
            EdgeWiring wiring = EdgeWiring.of(dataflow, edge);
            edges.add(new EdgeDemand(
                    edge,
                    dataflow.vertices().get(edge.source()).name(),
                    dataflow.vertices().get(edge.target()).name(),
                    wiring.producers(),
                    wiring.consumers(),
                    segments(edge, wiring, memory)));
        }
        return new NetworkDemand(List.copyOf(edges));
    }

    private static long segments(Edge edge, EdgeWiring wiring, NetworkMemory memory) {
        long channels = 0;
        for (int consumer = 0; consumer < wiring.consumers(); consumer++) {
            channels +=
                    Math.min(memory.gateSegmentsMax(), wiring.endProducer(consumer) - wiring.firstProducer(consumer));
        }
        if (edge.bounded()) {
            return channels + wiring.producers();
        }
        return memory.spilling() == null ? 0 : 2 * channels;
    }

    /** Of all edges. */
    public long segments() {
        return edges.stream().mapToLong(EdgeDemand::segments).sum();
    }

    /** Those that need most, the first of them first. */
    public List<EdgeDemand> largest(int count) {
        return edges.stream()
                .filter(edge -> edge.segments() > 0)
                .sorted(Comparator.comparingLong(EdgeDemand::segments).reversed())
                .limit(count)
                .toList();
    }
}
