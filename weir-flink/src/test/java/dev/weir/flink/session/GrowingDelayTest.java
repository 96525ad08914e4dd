package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Waits before attempts that get longer, in a time of our own. */
final class GrowingDelayTest {
    private final RuntimeException failure = new RuntimeException("once more");

    private long nowMillis = 1_000_000;

    private Restarts restarts(String jitter, String attempts) {
        return restarts(jitter, attempts, 17);
    }

    private Restarts restarts(String jitter, String attempts, long seed) {
        return new Restarts(
                Configuration.fromMap(Map.of(
                        "restart-strategy.type", "exponential-delay",
                        "restart-strategy.exponential-delay.initial-backoff", "1 s",
                        "restart-strategy.exponential-delay.max-backoff", "1 min",
                        "restart-strategy.exponential-delay.backoff-multiplier", "2",
                        "restart-strategy.exponential-delay.reset-backoff-threshold", "1 h",
                        "restart-strategy.exponential-delay.jitter-factor", jitter,
                        "restart-strategy.exponential-delay.attempts-before-reset-backoff", attempts)),
                new Configuration(),
                true,
                () -> nowMillis,
                new Random(seed));
    }

    /** Each as soon as what came before runs again. */
    private List<Long> delays(Restarts restarts, int failures) {
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < failures; i++) {
            long delay = restarts.delayMillis(failure).orElseThrow();
            delays.add(delay);
            nowMillis += delay + 1;
        }
        return delays;
    }

    /** Of 64 bits as many are gone after 64 attempts; a jitter of 1 is the widest. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "0.1", "0.9", "1"})
    void manyAttemptsWaitForTheLongestDelay(String jitter) {
        List<Long> delays = delays(restarts(jitter, "100000"), 5_000);
        assertThat(delays).allMatch(delay -> delay >= 1_000 && delay <= 60_000);
        assertThat(delays.subList(40, 5_000)).containsOnly(60_000L);
    }

    @Test
    void delaysAreSpreadAsConfigured() {
        LongSummaryStatistics fourth = LongStream.range(0, 500)
                .map(seed -> delays(restarts("0.25", "100", seed), 4).get(3))
                .summaryStatistics();
        assertThat(fourth.getMin()).isBetween(6_000L, 6_100L);
        assertThat(fourth.getMax()).isBetween(9_900L, 10_000L);
    }

    @Test
    void delaysGrowAndBeginAgainAfterAQuietTime() {
        Restarts restarts = restarts("0", "100");
        assertThat(delays(restarts, 8))
                .containsExactly(1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 32_000L, 60_000L, 60_000L);
        nowMillis += 3_600_000;
        assertThat(delays(restarts, 2)).containsExactly(1_000L, 2_000L);
    }

    @Test
    void failuresWhileOneWaitsAreOneAttempt() {
        Restarts restarts = restarts("0", "2");
        assertThat(restarts.delayMillis(failure)).hasValue(1_000);
        nowMillis += 400;
        assertThat(restarts.delayMillis(failure)).hasValue(600);
        nowMillis += 601;
        assertThat(restarts.delayMillis(failure)).hasValue(2_000);
        nowMillis += 2_001;
        assertThat(restarts.delayMillis(failure)).isEmpty();
        assertThat(restarts.suppressed(failure, ""))
                .hasMessageContaining("Recovery is suppressed by ExponentialDelayRestartBackoffTimeStrategy(")
                .hasMessageContaining("currentRestartAttempt=3");
    }
}
