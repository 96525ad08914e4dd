package dev.weir.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Jobs in which anything may happen at any time, held to {@link Laws}. {@code -Dweir.seed=N} runs one, {@code
 * -Dweir.seeds=N} so many.
 */
final class CheckpointPropertiesTest {

    @Test
    void whateverHappensTheLawsHold() {
        Long one = Long.getLong("weir.seed");
        long first = one == null ? 1 : one;
        long last = one == null ? Long.getLong("weir.seeds", 500) : one;
        Map<String, Integer> seen = new TreeMap<>();
        LongStream.rangeClosed(first, last).forEach(seed -> run(seed, seen));
        if (last - first >= 499) {
            assertThat(seen.keySet())
                    .as("what a world without disturbances would not show")
                    .contains(
                            "CHECKPOINT completed",
                            "FULL_CHECKPOINT completed",
                            "SAVEPOINT_CANONICAL completed",
                            "abandoned commit",
                            "aborted",
                            "after some have finished",
                            "crash",
                            "ended CANCELLED",
                            "ended SUSPENDED",
                            "full for want of a claim",
                            "job failed",
                            "late acknowledgement",
                            "periodic",
                            "request failed",
                            "request fulfilled");
        }
    }

    private static void run(long seed, Map<String, Integer> seen) {
        try {
            new World(seed, seen).run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("-Dweir.seed=" + seed + ": " + e.getMessage(), e);
        }
    }
}
