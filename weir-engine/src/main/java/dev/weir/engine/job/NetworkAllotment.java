package dev.weir.engine.job;

import dev.weir.engine.exchange.ChannelCredit;
import dev.weir.engine.exchange.Debloating;
import dev.weir.engine.exchange.InputGate;
import dev.weir.engine.exchange.NetworkMemory;
import dev.weir.engine.exchange.Spilling;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How the network memory of a job is divided among its channels, once, before it starts: every channel has one segment and
 * every producer of an edge one more. What is left is shared out as Flink's buffer pools are, up to what each can use, in
 * proportion to that; blocking exchanges get what the others leave. So the job's network memory is never exceeded, no
 * channel waits for another's, and beyond what its edges can use more of it changes nothing.
 */
public final class NetworkAllotment {
    private final NetworkMemory memory;
    private final int segmentBytes;
    private final long spare;
    private final long wanted;
    private final long wantedByResults;
    private final AtomicInteger results = new AtomicInteger();

    private NetworkAllotment(NetworkMemory memory, int segmentBytes, long spare, long wanted, long wantedByResults) {
        this.memory = memory;
        this.segmentBytes = segmentBytes;
        this.spare = spare;
        this.wanted = wanted;
        this.wantedByResults = wantedByResults;
    }

    /** Divides; where there are too few segments they are smaller. */
    public static NetworkAllotment of(Dataflow dataflow, NetworkMemory memory) {
        dataflow.checkEdges();
        long needed = NetworkDemand.of(dataflow, memory).segments();
        long wanted = 0;
        long wantedByResults = 0;
        for (Dataflow.Edge edge : dataflow.edges()) {
            EdgeWiring wiring = EdgeWiring.of(dataflow, edge);
            for (int producer = 0; producer < wiring.producers(); producer++) {
                if (edge.bounded()) {
                    wanted += wanted(memory, wiring.channels(producer));
                } else {
                    wantedByResults += wantedByResult(memory, wiring.channels(producer));
                }
            }
        }
        boolean enough = needed <= memory.segments();
        int segmentBytes = enough
                ? memory.segmentBytes()
                : (int) Math.max(1, Math.min(memory.segmentBytes(), memory.bytes() / needed));
        return new NetworkAllotment(
                memory, segmentBytes, enough ? memory.segments() - needed : 0, wanted, wantedByResults);
    }

    private static long wantedByResult(NetworkMemory memory, int channels) {
        Spilling spilling = memory.spilling();
        return spilling == null ? 0 : Math.max(0, spilling.segments() - 2L * channels);
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

    /** Of the result of a blocking exchange's producer with so many channels: bytes that stay in memory once they are written. */
    public long resultBytes(int channels) {
        long want = wantedByResult(memory, channels);
        long left = Math.max(0, spare - wanted);
        long segments = left >= wantedByResults ? want : (long) ((double) left * want / wantedByResults);
        return segments * segmentBytes;
    }

    /** Where the result of the next producer of a blocking exchange goes; null where all stays in memory. */
    @Nullable
    Path nextDirectory() {
        Spilling spilling = memory.spilling();
        if (spilling == null) {
            return null;
        }
        List<Path> directories = spilling.directories();
        return directories.get(Math.floorMod(results.getAndIncrement(), directories.size()));
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
