package dev.weir.testing.life;

import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.Dataflow.Wiring;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A job that lasts longer than its processes: the vertices, in topological order, the edges between them, and the splits of
 * its sources. Every record goes along every way.
 */
record RandomJob(List<Kind> vertices, List<Way> edges, int maxParallelism, Map<Integer, List<Split>> splits) {
    private static final long[] BUFFER_TIMEOUTS = {0, -1, 1};

    /** What a vertex does. */
    enum Kind {
        SOURCE,
        /** Hands on what it gets. */
        PASS,
        /** Counts by key. */
        COUNT,
        SINK
    }

    /** An edge. */
    record Way(int source, int target, int input, Wiring wiring, long bufferTimeoutMillis, boolean keyed) {}

    static RandomJob draw(Random random) {
        List<Kind> vertices = new ArrayList<>();
        int sources = 1 + random.nextInt(2);
        int operators = random.nextInt(3);
        int sinks = 1 + random.nextInt(2);
        IntStream.range(0, sources).forEach(each -> vertices.add(Kind.SOURCE));
        IntStream.range(0, operators).forEach(each -> vertices.add(random.nextInt(3) == 0 ? Kind.PASS : Kind.COUNT));
        IntStream.range(0, sinks).forEach(each -> vertices.add(Kind.SINK));
        List<Way> edges = new ArrayList<>();
        int lastProducer = sources + operators - 1;
        for (int vertex = sources; vertex < vertices.size(); vertex++) {
            int producers = Math.min(vertex - 1, lastProducer) + 1;
            int inputs = 1 + random.nextInt(2);
            for (int input = 0; input < inputs; input++) {
                edges.add(way(random, vertices, random.nextInt(producers), vertex, input));
            }
        }
        for (int vertex = 0; vertex <= lastProducer; vertex++) {
            int producer = vertex;
            if (edges.stream().noneMatch(edge -> edge.source() == producer)) {
                edges.add(way(random, vertices, producer, vertices.size() - 1, 0));
            }
        }
        Map<Integer, List<Split>> splits = new TreeMap<>();
        for (int source = 0; source < sources; source++) {
            List<Split> ofSource = new ArrayList<>();
            for (int split = random.nextInt(8); split >= 0; split--) {
                ofSource.add(new Split("s" + source + "." + split, 1 + random.nextInt(100), 0));
            }
            splits.put(source, List.copyOf(ofSource));
        }
        return new RandomJob(List.copyOf(vertices), List.copyOf(edges), 4 + random.nextInt(12), splits);
    }

    private static Way way(Random random, List<Kind> vertices, int source, int target, int input) {
        boolean keyed = vertices.get(target) == Kind.COUNT;
        Wiring wiring = keyed || random.nextBoolean() ? Wiring.ALL_TO_ALL : Wiring.POINTWISE;
        return new Way(source, target, input, wiring, BUFFER_TIMEOUTS[random.nextInt(BUFFER_TIMEOUTS.length)], keyed);
    }

    /** The job as it runs at some parallelism of each vertex. */
    Dataflow dataflow(List<Integer> parallelism, Dataflow.ProcessorFactory processors) {
        List<Dataflow.Vertex> running = new ArrayList<>();
        for (int vertex = 0; vertex < vertices.size(); vertex++) {
            int target = vertex;
            boolean source = vertices.get(vertex) == Kind.SOURCE;
            int inputs = 1
                    + edges.stream()
                            .filter(edge -> edge.target() == target)
                            .mapToInt(Way::input)
                            .max()
                            .orElse(0);
            List<Boolean> sourceInputs =
                    IntStream.range(0, inputs).mapToObj(input -> source).toList();
            running.add(new Dataflow.Vertex(
                    "v" + vertex, parallelism.get(vertex), maxParallelism, sourceInputs, processors));
        }
        List<Dataflow.Edge> joined = edges.stream()
                .map(edge -> new Dataflow.Edge(
                        edge.source(), edge.target(), edge.input(), edge.wiring(), edge.bufferTimeoutMillis(), true))
                .toList();
        return new Dataflow("life", List.copyOf(running), joined);
    }

    /** The edges of a vertex, in the order of its outputs. */
    List<Integer> outgoing(int vertex) {
        return IntStream.range(0, edges.size())
                .filter(edge -> edges.get(edge).source() == vertex)
                .boxed()
                .toList();
    }

    /** Every way from a source to a sink, and the source it begins at. */
    Map<List<Integer>, Integer> ways() {
        Map<List<Integer>, Integer> ways = new LinkedHashMap<>();
        splits.keySet().forEach(source -> collect(source, source, List.of(), ways));
        return ways;
    }

    private void collect(int source, int at, List<Integer> path, Map<List<Integer>, Integer> ways) {
        if (vertices.get(at) == Kind.SINK) {
            ways.put(path, source);
        }
        for (int edge : outgoing(at)) {
            List<Integer> longer = new ArrayList<>(path);
            longer.add(edge);
            collect(source, edges.get(edge).target(), List.copyOf(longer), ways);
        }
    }

    static int keyOf(Split split, int number) {
        return (split.name().hashCode() * 31 + number * 7 & Integer.MAX_VALUE) % 11;
    }
}
