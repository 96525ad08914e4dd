package dev.weir.engine.job;

import dev.weir.engine.job.Dataflow.Wiring;

/**
 * Which channel of which producer each consumer of an edge reads; pure arithmetic, exactly Flink's.
 *
 * <p>A consumer reads the same channel index of a contiguous range of producers. In a pointwise edge with fewer
 * producers than consumers the index is the consumer's modulo the number of its producer's consumers, so that a
 * producer's channels may be rotated against its consumers.
 */
public record EdgeWiring(Wiring wiring, int producers, int consumers) {

    public EdgeWiring {
        if (producers < 1 || consumers < 1) {
            throw new IllegalArgumentException(
                    "an edge needs producers=" + producers + " >= 1 and consumers=" + consumers + " >= 1");
        }
    }

    /** How the subtasks of an edge of a dataflow meet. */
    public static EdgeWiring of(Dataflow dataflow, Dataflow.Edge edge) {
        return new EdgeWiring(
                edge.wiring(),
                dataflow.vertices().get(edge.source()).parallelism(),
                dataflow.vertices().get(edge.target()).parallelism());
    }

    /** Number of channels that a producer has. */
    public int channels(int producer) {
        if (wiring == Wiring.ALL_TO_ALL) {
            return consumers;
        }
        return producers >= consumers ? 1 : firstConsumer(producer + 1) - firstConsumer(producer);
    }

    /** The first producer that a consumer reads. */
    public int firstProducer(int consumer) {
        if (wiring == Wiring.ALL_TO_ALL) {
            return 0;
        }
        return (int) ((long) consumer * producers / consumers);
    }

    /** The producer after the last one that a consumer reads. */
    public int endProducer(int consumer) {
        if (wiring == Wiring.ALL_TO_ALL) {
            return producers;
        }
        return producers >= consumers ? firstProducer(consumer + 1) : firstProducer(consumer) + 1;
    }

    /** Which channel of each of its producers a consumer reads. */
    public int channel(int consumer) {
        if (wiring == Wiring.ALL_TO_ALL) {
            return consumer;
        }
        return producers >= consumers ? 0 : consumer % channels(firstProducer(consumer));
    }

    private int firstConsumer(int producer) {
        return (int) (((long) producer * consumers + producers - 1) / producers);
    }
}
