package dev.weir.engine.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.exchange.ChannelCredit;
import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.ChannelWriter;
import dev.weir.engine.exchange.NetworkMemory;
import dev.weir.engine.exchange.Spilling;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.Dataflow.Vertex;
import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.task.TaskCheckpointing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NetworkAllotmentTest {
    private static final int SEGMENT = 32 << 10;

    @Test
    void allChannelsTogetherNeverGetMoreThanThereIs() {
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            Dataflow dataflow = dataflow(random);
            NetworkMemory memory = new NetworkMemory(
                    100_000 + random.nextInt(30_000_000),
                    1 << (8 + random.nextInt(8)),
                    1 + random.nextInt(3),
                    random.nextInt(9),
                    random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(5),
                    null,
                    random.nextBoolean() ? null : new Spilling(List.of(Path.of("/tmp")), 1 + random.nextInt(600)),
                    true);

            assertThat(bytes(dataflow, NetworkAllotment.of(dataflow, memory)))
                    .as("seed %s, %s", seed, memory)
                    .isLessThanOrEqualTo(memory.bytes());
        }
    }

    @Test
    void whereThereIsEnoughChannelsGetWhatFlinksWould() {
        Dataflow dataflow = shuffle(4, 3);
        NetworkAllotment allotment = NetworkAllotment.of(dataflow, memory(1_000));

        assertThat(allotment.credit(3)).isEqualTo(new ChannelCredit(2, 8));
        assertThat(allotment.batchBytes(4)).isEqualTo(SEGMENT);
    }

    /** What waits before a barrier is bounded by the credit, so that more memory makes no checkpoint slower. */
    @Test
    void tenTimesTheMemoryLeavesWhatIsInFlightAsItIs() {
        Dataflow dataflow = shuffle(4, 4);
        long enough = 4 * (2 * 4 + 8);

        int few = untilAllWait(dataflow, memory(enough));
        assertThat(few * 116L).isBetween(enough * SEGMENT / 8, enough * SEGMENT);
        assertThat(untilAllWait(dataflow, memory(10 * enough))).isEqualTo(few);
        assertThat(bytes(dataflow, NetworkAllotment.of(dataflow, memory(10 * enough))))
                .isEqualTo(bytes(dataflow, NetworkAllotment.of(dataflow, memory(enough))))
                .isEqualTo(enough * SEGMENT);
        assertThat(bytes(dataflow, NetworkAllotment.of(dataflow, memory(enough - 10))))
                .isBetween((enough - 14) * SEGMENT, (enough - 10) * SEGMENT);
    }

    @Test
    void resultsOfBlockingExchangesGetWhatTheOthersLeave() {
        Dataflow dataflow = new Dataflow(
                "job",
                List.of(vertex(2, true), vertex(4, false), vertex(4, false)),
                List.of(
                        new Edge(0, 1, 0, Wiring.ALL_TO_ALL, 100, false),
                        new Edge(1, 2, 0, Wiring.POINTWISE, 100, true)));
        long least = 2 * 2 * 4 + 4 * 2;
        long ofOthers = 4 * 8;

        assertThat(results(dataflow, least + ofOthers)).isZero();
        assertThat(results(dataflow, least + ofOthers + 100)).isEqualTo(50 * SEGMENT);
        assertThat(results(dataflow, 10_000))
                .as("with the four times two that write and read")
                .isEqualTo(92 * SEGMENT);
        assertThat(results(dataflow, 1)).isZero();
    }

    /** Of each producer; 100 segments are wanted. */
    private static long results(Dataflow dataflow, long segments) {
        NetworkMemory memory = new NetworkMemory(
                segments * SEGMENT,
                SEGMENT,
                2,
                8,
                Integer.MAX_VALUE,
                null,
                new Spilling(List.of(Path.of("/tmp")), 100),
                true);
        return NetworkAllotment.of(dataflow, memory).resultBytes(4);
    }

    @Test
    void whereThereIsTooLittleSegmentsAreSmaller() {
        Dataflow dataflow = shuffle(4, 4);
        NetworkAllotment allotment = NetworkAllotment.of(dataflow, memory(5));

        assertThat(allotment.credit(4)).isEqualTo(new ChannelCredit(1, 1));
        assertThat(allotment.batchBytes(4)).isEqualTo(SEGMENT / 4);
    }

    @Test
    void whatIsLeftIsSharedOutByWhatEachCanUse() {
        // wanted beyond the least: 10 by each producer of four channels, 7 by each of one
        Dataflow dataflow = new Dataflow(
                "job",
                List.of(vertex(2, true), vertex(4, false), vertex(4, false)),
                List.of(
                        new Edge(0, 1, 0, Wiring.ALL_TO_ALL, 100, true),
                        new Edge(1, 2, 0, Wiring.POINTWISE, 100, true)));
        long needed = NetworkDemand.of(dataflow, NetworkMemory.DEFAULT).segments();
        long wanted = 2 * (4 + 7) + 4 * (1 + 7);
        NetworkAllotment half = NetworkAllotment.of(dataflow, memory(needed + wanted / 2));

        assertThat(needed).isEqualTo(2 * 5 + 4 * 2);
        assertThat(half.credit(4)).isEqualTo(new ChannelCredit(2, 2));
        assertThat(half.credit(1)).isEqualTo(new ChannelCredit(2, 4));
    }

    /** How many records of 116 bytes, 100 of them their own, go into all channels while nobody reads. */
    private static int untilAllWait(Dataflow dataflow, NetworkMemory memory) {
        TaskGraph graph = TaskGraph.of(
                dataflow,
                Regions.whole(dataflow),
                ChannelLimits.DEFAULT,
                NetworkAllotment.of(dataflow, memory),
                TaskSignal::overflowing,
                TaskCheckpointing.NONE,
                0);
        int records = 0;
        for (ChannelWriter writer : graph.writers()) {
            writer.charge(value -> 100);
            for (; writer.isAvailable(); records++) {
                writer.emit(records % writer.channels(), (Object) records, 0);
            }
        }
        return records;
    }

    private static long bytes(Dataflow dataflow, NetworkAllotment allotment) {
        long sum = 0;
        for (Edge edge : dataflow.edges()) {
            EdgeWiring wiring = EdgeWiring.of(dataflow, edge);
            if (!edge.bounded()) {
                for (int producer = 0; producer < wiring.producers(); producer++) {
                    sum += allotment.resultBytes(wiring.channels(producer));
                }
                continue;
            }
            long[] largest = new long[wiring.producers()];
            for (int consumer = 0; consumer < wiring.consumers(); consumer++) {
                int end = wiring.endProducer(consumer);
                long batch = allotment.batchBytes(end - wiring.firstProducer(consumer));
                for (int producer = wiring.firstProducer(consumer); producer < end; producer++) {
                    sum += batch * allotment.credit(wiring.channels(producer)).exclusive();
                    largest[producer] = Math.max(largest[producer], batch);
                }
            }
            for (int producer = 0; producer < wiring.producers(); producer++) {
                sum += largest[producer]
                        * allotment.credit(wiring.channels(producer)).floating();
            }
        }
        return sum;
    }

    private static NetworkMemory memory(long segments) {
        return new NetworkMemory(segments * SEGMENT, SEGMENT, 2, 8, Integer.MAX_VALUE, null, null, true);
    }

    private static Dataflow shuffle(int producers, int consumers) {
        return new Dataflow(
                "job",
                List.of(vertex(producers, true), vertex(consumers, false)),
                List.of(new Edge(0, 1, 0, Wiring.ALL_TO_ALL, 100, true)));
    }

    private static Dataflow dataflow(Random random) {
        List<Vertex> vertices = new ArrayList<>();
        List<Edge> edges = new ArrayList<>();
        for (int i = 0; i <= 1 + random.nextInt(4); i++) {
            vertices.add(vertex(1 + random.nextInt(12), i == 0));
            if (i > 0) {
                edges.add(new Edge(
                        random.nextInt(i),
                        i,
                        0,
                        random.nextBoolean() ? Wiring.ALL_TO_ALL : Wiring.POINTWISE,
                        100,
                        random.nextInt(5) > 0));
            }
        }
        return new Dataflow("job", vertices, edges);
    }

    private static Vertex vertex(int parallelism, boolean source) {
        return new Vertex("vertex", parallelism, 128, List.of(source), subtask -> {
            throw new AssertionError(subtask + " is not to run");
        });
    }
}
