package dev.weir.flink.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.job.Dataflow.Wiring;
import dev.weir.engine.job.EdgeWiring;
import java.util.List;
import java.util.function.Function;
import org.apache.flink.runtime.executiongraph.ExecutionVertexInputInfo;
import org.apache.flink.runtime.executiongraph.IndexRange;
import org.apache.flink.runtime.executiongraph.VertexInputInfoComputationUtils;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine's wiring of an edge against the one that Flink computes for its execution graph. */
class EdgeWiringOracleTest {

    @ParameterizedTest
    @EnumSource(Wiring.class)
    void consumersReadWhatTheyReadInFlink(Wiring wiring) {
        for (int producers = 1; producers <= 12; producers++) {
            for (int consumers = 1; consumers <= 12; consumers++) {
                List<ExecutionVertexInputInfo> expected = flinks(wiring, producers, consumers);
                EdgeWiring actual = new EdgeWiring(wiring, producers, consumers);
                assertThat(expected).hasSize(consumers);
                for (ExecutionVertexInputInfo input : expected) {
                    int consumer = input.getSubtaskIndex();
                    assertThat(input.getConsumedSubpartitionGroups())
                            .as("%s, consumer %s", actual, consumer)
                            .containsOnlyKeys(
                                    new IndexRange(actual.firstProducer(consumer), actual.endProducer(consumer) - 1))
                            .containsValue(new IndexRange(actual.channel(consumer), actual.channel(consumer)));
                }
                for (int producer = 0; producer < producers; producer++) {
                    assertThat(actual.channels(producer))
                            .as("channels of producer %s of %s", producer, actual)
                            .isEqualTo(consumersOf(producer, expected));
                }
            }
        }
    }

    private static List<ExecutionVertexInputInfo> flinks(Wiring wiring, int producers, int consumers) {
        return switch (wiring) {
            case POINTWISE ->
                VertexInputInfoComputationUtils.computeVertexInputInfoForPointwise(
                                producers, consumers, unknown(), false)
                        .getExecutionVertexInputInfos();
            case ALL_TO_ALL ->
                VertexInputInfoComputationUtils.computeVertexInputInfoForAllToAll(
                                producers, consumers, unknown(), false, false, false)
                        .getExecutionVertexInputInfos();
        };
    }

    /** The number of subpartitions is asked for in dynamic graphs only. */
    private static Function<Integer, Integer> unknown() {
        return partition -> {
            throw new AssertionError("subpartitions of partition " + partition + " asked for");
        };
    }

    /** Flink gives a partition one subpartition for each consumer of its group. */
    private static int consumersOf(int producer, List<ExecutionVertexInputInfo> inputs) {
        int consumers = 0;
        for (ExecutionVertexInputInfo input : inputs) {
            for (IndexRange range : input.getConsumedSubpartitionGroups().keySet()) {
                if (range.getStartIndex() <= producer && producer <= range.getEndIndex()) {
                    consumers++;
                }
            }
        }
        return consumers;
    }
}
