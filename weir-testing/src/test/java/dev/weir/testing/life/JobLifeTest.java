package dev.weir.testing.life;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Lives of random jobs. {@code -Dweir.seed=N} runs one, {@code -Dweir.seeds=N} so many. */
final class JobLifeTest {

    @Test
    void whateverHappensRecordsArePublishedOnce() {
        Long one = Long.getLong("weir.seed");
        long first = one == null ? 1 : one;
        long last = one == null ? Long.getLong("weir.seeds", 1_000) : one;
        Map<String, Integer> seen = new TreeMap<>();
        LongStream.rangeClosed(first, last).forEach(seed -> run(seed, seen));
        if (last - first >= 999) {
            assertThat(seen.keySet())
                    .as("what lives without disturbances would not show")
                    .contains(
                            "ALIGNED",
                            "ALIGNED_WITH_TIMEOUT",
                            "AT_LEAST_ONCE",
                            "UNALIGNED",
                            "aborted",
                            "job failed by its checkpoints",
                            "killed",
                            "late acknowledgement",
                            "power loss",
                            "process that begins anew",
                            "process that goes on",
                            "restart",
                            "savepoint",
                            "snapshot that overtook");
        }
    }

    private static void run(long seed, Map<String, Integer> seen) {
        Life life = new Life(seed, seen);
        try {
            life.run();
        } catch (Throwable t) {
            throw new AssertionError("-Dweir.seed=" + seed + ": " + t.getMessage() + "\n" + life.journal(), t);
        }
    }
}
