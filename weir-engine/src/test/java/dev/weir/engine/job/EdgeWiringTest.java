package dev.weir.engine.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.job.Dataflow.Wiring;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EdgeWiringTest {

    @Test
    void everyChannelHasExactlyOneConsumer() {
        for (Wiring wiring : Wiring.values()) {
            for (int producers = 1; producers <= 20; producers++) {
                for (int consumers = 1; consumers <= 20; consumers++) {
                    EdgeWiring edge = new EdgeWiring(wiring, producers, consumers);
                    Set<String> taken = new HashSet<>();
                    for (int consumer = 0; consumer < consumers; consumer++) {
                        for (int p = edge.firstProducer(consumer); p < edge.endProducer(consumer); p++) {
                            assertThat(edge.channel(consumer)).isBetween(0, edge.channels(p) - 1);
                            assertThat(taken.add(p + "/" + edge.channel(consumer)))
                                    .isTrue();
                        }
                    }
                    int channels = 0;
                    for (int p = 0; p < producers; p++) {
                        channels += edge.channels(p);
                    }
                    assertThat(taken).as(edge.toString()).hasSize(channels);
                }
            }
        }
    }

    @Test
    void pointwiseChannelsMayBeRotatedAgainstTheirConsumers() {
        EdgeWiring edge = new EdgeWiring(Wiring.POINTWISE, 2, 5);

        assertThat(edge.channels(0)).isEqualTo(3);
        assertThat(edge.channels(1)).isEqualTo(2);
        assertThat(edge.firstProducer(3)).isEqualTo(1);
        assertThat(edge.channel(3)).isEqualTo(1);
        assertThat(edge.channel(4)).isZero();
    }
}
