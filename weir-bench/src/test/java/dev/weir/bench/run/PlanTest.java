package dev.weir.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.bench.job.Jobs;
import dev.weir.bench.result.Contender;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
    @Test
    void roundsAreInterleavedAndTheFirstOneTakesTurns() {
        assertThat(Plan.of(
                                List.of(Jobs.named("shuffle"), Jobs.named("session")),
                                List.of(Contender.FLINK, Contender.WEIR, Contender.LIMIT),
                                List.of(true),
                                2,
                                1,
                                null)
                        .stream()
                        .map(task -> task.round() + " " + ChildProcess.name(task)))
                .containsExactly(
                        "1 shuffle-flink-reuse",
                        "1 shuffle-weir-reuse",
                        "1 shuffle-limit",
                        "1 session-flink-reuse",
                        "1 session-weir-reuse",
                        "1 session-limit",
                        "2 shuffle-limit",
                        "2 shuffle-flink-reuse",
                        "2 shuffle-weir-reuse",
                        "2 session-limit",
                        "2 session-flink-reuse",
                        "2 session-weir-reuse");
    }
}
