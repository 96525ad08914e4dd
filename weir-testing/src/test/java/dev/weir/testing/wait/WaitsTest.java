package dev.weir.testing.wait;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class WaitsTest {
    @Test
    void anInterruptEndsTheWait() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> {
                    while (true) {
                        Waits.aMoment();
                    }
                })
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("out of time");
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
}
