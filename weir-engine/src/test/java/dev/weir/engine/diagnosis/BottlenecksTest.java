package dev.weir.engine.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.diagnosis.Bottlenecks.Edge;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BottlenecksTest {
    private static final VertexTimes IDLE = new VertexTimes(0.1, 0);
    private static final VertexTimes BUSY = new VertexTimes(0.97, 0.02);
    private static final VertexTimes HELD = new VertexTimes(0.2, 0.8);
    private static final List<Edge> LINE = List.of(new Edge(0, 1), new Edge(1, 2), new Edge(2, 3));

    @Test
    void theFirstBusyOneBelowTheLastThatIsHeldBack() {
        assertThat(Bottlenecks.find(List.of(HELD, HELD, BUSY, IDLE), LINE)).isEqualTo(Map.of(2, List.of(1)));
    }

    @Test
    void aBusyOneFurtherDownIsNone() {
        assertThat(Bottlenecks.find(List.of(HELD, BUSY, IDLE, BUSY), LINE)).isEqualTo(Map.of(1, List.of(0)));
    }

    @Test
    void whereNobodyIsHeldBackThereIsNone() {
        assertThat(Bottlenecks.find(List.of(BUSY, BUSY, BUSY, BUSY), LINE)).isEmpty();
        assertThat(Bottlenecks.find(List.of(new VertexTimes(0.9, 0.10), BUSY), List.of(new Edge(0, 1))))
                .as("10 % is no backpressure")
                .isEmpty();
        assertThat(Bottlenecks.find(List.of(), List.of())).isEmpty();
    }

    @Test
    void oneThatIsHeldBackAndBusyHasItsOwnCulprit() {
        VertexTimes both = new VertexTimes(0.7, 0.3);
        assertThat(Bottlenecks.find(List.of(HELD, both, BUSY, IDLE), LINE)).isEqualTo(Map.of(2, List.of(1)));
    }

    @Test
    void branchesHaveTheirOwn() {
        // 0 feeds 1 and 2, 1 feeds 3, 2 feeds 4
        List<Edge> fork = List.of(new Edge(0, 1), new Edge(0, 2), new Edge(1, 3), new Edge(2, 4));
        assertThat(Bottlenecks.find(List.of(HELD, HELD, HELD, BUSY, BUSY), fork))
                .isEqualTo(Map.of(3, List.of(1), 4, List.of(2)));
        assertThat(Bottlenecks.find(List.of(HELD, HELD, BUSY, BUSY, IDLE), fork))
                .as("a busy sibling of one that is held back")
                .isEqualTo(Map.of(2, List.of(0), 3, List.of(1)));
        assertThat(Bottlenecks.find(List.of(HELD, HELD, IDLE, BUSY, IDLE), fork))
                .as("an idle sibling of one that is held back")
                .isEqualTo(Map.of(3, List.of(1)));
    }

    @Test
    void aJoinHoldsBackBothSides() {
        List<Edge> join = List.of(new Edge(0, 2), new Edge(1, 2), new Edge(1, 2));
        assertThat(Bottlenecks.find(List.of(HELD, HELD, BUSY), join)).isEqualTo(Map.of(2, List.of(0, 1)));
    }

    @Test
    void withoutABusyOneItIsTheBusiest() {
        List<Edge> fork = List.of(new Edge(0, 1), new Edge(0, 2), new Edge(0, 3));
        List<VertexTimes> vertices = List.of(HELD, IDLE, new VertexTimes(0.4, 0), new VertexTimes(Double.NaN, 0));
        assertThat(Bottlenecks.find(vertices, fork)).isEqualTo(Map.of(2, List.of(0)));
    }
}
