package dev.weir.engine.job;

import dev.weir.engine.exchange.ChannelCredit;
import dev.weir.engine.exchange.Debloating;
import dev.weir.engine.exchange.InputGate;
import dev.weir.engine.exchange.NetworkMemory;

/**
 * How the network memory of a job is divided among its channels, once, before it starts: every channel has one segment and
 * every producer of an edge one more. What is left is shared out as Flink's buffer pools are, up to what each can use, in
 * proportion to that. So the job's network memory is never exceeded, no channel waits for another's, and beyond what its
 * edges can use more of it changes nothing.
 */
public final class NetworkAllotment {
    private final NetworkMemory memory;
    private final int segmentBytes;
    private final long spare;
    private final long wanted;

    private NetworkAllotment(NetworkMemory memory, int segmentBytes, long spare, long wanted) {
        this.memory = memory;
        this.segmentBytes = segmentBytes;
        this.spare = spare;
        this.wanted = wanted;
    }

    /** Divides; where there are too few segments they are smaller. */
    public static NetworkAllotment of(Dataflow dataflow, NetworkMemory memory) {
        dataflow.checkEdges();
        long needed = NetworkDemand.of(dataflow, memory.gateSegmentsMax()).segments();
        long wanted = 0;
        for (Dataflow.Edge edge : dataflow.edges()) {
            if (edge.bounded()) {
                EdgeWiring wiring = EdgeWiring.of(dataflow, edge);
                for (int producer = 0; producer < wiring.producers(); producer++) {
                    wanted += wanted(memory, wiring.channels(producer));
                }
            }
        }
        boolean enough = needed <= memory.segments();
        int segmentBytes = enough
                ? memory.segmentBytes()
                : (int) Math.max(1, Math.min(memory.segmentBytes(), memory.bytes() / needed));
        return new NetworkAllotment(memory, segmentBytes, enough ? memory.segments() - needed : 0, wanted);
    }

    private static long wanted(NetworkMemory memory, int channels) {
        return Math.max(0, (long) (memory.channelSegments() - 1) * channels + memory.floatingSegments() - 1);
    }

    /** Of a producer with so many channels. */
    public ChannelCredit credit(int channels) {
        long want = wanted(memory, channels);
        long more = spare >= wanted ? want : (long) ((double) spare * want / wanted);
        long forAll = (long) (memory.channelSegments() - 1) * channels;
        return forAll > 0 && more >= forAll
                ? new ChannelCredit(memory.channelSegments(), (int) (1 + more - forAll))
                : new ChannelCredit(1, (int) (1 + more));
    }

    /** Has the size of batches follow the throughput of the task that reads the gate, where it is to. */
    void debloat(InputGate gate) {
        Debloating settings = memory.debloating();
        if (settings != null && gate.channels() > 0) {
            gate.debloat(settings, Math.max(segmentBytes, settings.minBytes()));
        }
    }

    /** What one batch may take in a channel that meets so many in one input of one subtask, itself included. */
    public int batchBytes(int channels) {
        return channels <= memory.gateSegmentsMax()
                ? segmentBytes
                : (int) Math.max(1, (long) segmentBytes * memory.gateSegmentsMax() / channels);
    }
}
