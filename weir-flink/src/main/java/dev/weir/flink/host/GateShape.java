package dev.weir.flink.host;

import dev.weir.engine.job.EdgeWiring;

/**
 * One of Flink's input gates of a vertex: several of them may lead to one logical input, one behind the other.
 *
 * @param input the logical input of the operator
 * @param wiring of the edge
 */
public record GateShape(int input, EdgeWiring wiring) {

    /** Number of channels that a subtask reads. */
    int channels(int subtask) {
        return wiring.endProducer(subtask) - wiring.firstProducer(subtask);
    }
}
