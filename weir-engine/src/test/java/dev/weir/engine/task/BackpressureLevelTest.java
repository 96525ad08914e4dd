package dev.weir.engine.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BackpressureLevelTest {
    @Test
    void thresholdsBelongToTheLowerLevel() {
        assertThat(BackpressureLevel.of(0)).isEqualTo(BackpressureLevel.OK);
        assertThat(BackpressureLevel.of(0.10)).isEqualTo(BackpressureLevel.OK);
        assertThat(BackpressureLevel.of(Math.nextUp(0.10))).isEqualTo(BackpressureLevel.LOW);
        assertThat(BackpressureLevel.of(0.50)).isEqualTo(BackpressureLevel.LOW);
        assertThat(BackpressureLevel.of(Math.nextUp(0.50))).isEqualTo(BackpressureLevel.HIGH);
        assertThat(BackpressureLevel.of(1)).isEqualTo(BackpressureLevel.HIGH);
    }

    @Test
    void aVertexIsAsBadAsItsWorstSubtask() {
        assertThat(BackpressureLevel.ofVertex(List.of(0.0, 0.3, 0.05))).isEqualTo(BackpressureLevel.LOW);
        assertThat(BackpressureLevel.ofVertex(List.of(0.9, 0.0))).isEqualTo(BackpressureLevel.HIGH);
        assertThat(BackpressureLevel.ofVertex(List.of())).isEqualTo(BackpressureLevel.OK);
    }
}
