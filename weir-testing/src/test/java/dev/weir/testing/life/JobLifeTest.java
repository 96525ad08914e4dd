package dev.weir.testing.life;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.HeapStore;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Lives of random jobs. {@code -Dweir.seed=N} runs one, {@code -Dweir.seeds=N} so many. */
final class JobLifeTest {

    @Test
    void whateverHappensRecordsArePublishedOnce() {
        Map<String, Integer> seen = JobLives.run(HeapStore::new, 1_000);
        if (seen.getOrDefault("life", 0) >= 1_000) {
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
}
