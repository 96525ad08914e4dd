package dev.weir.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TableTest {
    private static final long MEGABYTE = 1_000_000;

    private static Run run(String job, Contender contender, int round, double millionsPerSecond, double cpuSeconds) {
        return run(job, contender, round, millionsPerSecond, cpuSeconds, null);
    }

    /** One second is steady. */
    private static Run run(
            String job,
            Contender contender,
            int round,
            double millionsPerSecond,
            double cpuSeconds,
            @Nullable Map<String, Double> latency) {
        long records = Math.round(millionsPerSecond * 1e6);
        return new Run(
                job,
                contender,
                false,
                round,
                records,
                records,
                1,
                cpuSeconds,
                0,
                1,
                1,
                100 * MEGABYTE,
                1,
                "c",
                latency);
    }

    private static String table(Run... runs) {
        Machine machine = new Machine("cpu", 2, 1, "kernel", "java");
        return new Table(
                        new Report("date", "commit", "2.3.0", machine, List.of(), 1, 3, "default", List.of(runs)),
                        Set.of("windowed"))
                .markdown();
    }

    @Test
    void showsMediansSpreadsRatiosAndMeans() {
        assertThat(table(
                        run("plain", Contender.FLINK, 1, 1, 2),
                        run("plain", Contender.FLINK, 2, 4, 8),
                        run("plain", Contender.FLINK, 3, 2, 4),
                        run("plain", Contender.WEIR, 1, 8, 2),
                        run("plain", Contender.LIMIT, 1, 32, 2),
                        run("windowed", Contender.FLINK, 1, 1, 2),
                        run("windowed", Contender.WEIR, 1, 1, 2),
                        run("windowed", Contender.LIMIT, 1, 1, 2)))
                .contains("| plain | off | 2.00 (1.00..4.00) | 8.00 | 4.0x | 8.0x | 100 | 100 | 32.00 | 25 % |")
                .contains("| windowed | off | 1.00 | 1.00 | 1.0x | 1.0x | 100 | 100 | 1.00 | 100 % |")
                .contains("| **geometric mean, all jobs** | off |  |  | 2.0x | 2.8x |  |  |  | 50 % |")
                .contains("| **geometric mean, windows and joins** | off |  |  | 1.0x | 1.0x |  |  |  | 100 % |");
    }

    @Test
    void whatDidNotRunIsADash() {
        assertThat(table(run("plain", Contender.WEIR, 1, 8, 2)))
                .contains("| plain | off | – | 8.00 | – | – | – | 100 | – | – |");
    }

    @Test
    void aBaselineStandsBesideWeir() {
        assertThat(table(run("plain", Contender.WEIR, 1, 8, 2), run("plain", Contender.BASE, 1, 4, 2)))
                .contains("| plain | off | 4.00 | 8.00 | 2.00x | 0.50 | 0.25 | 2.00x |");
    }

    @Test
    void latenciesHaveATableOfTheirOwn() {
        assertThat(table(run(
                        "paced",
                        Contender.WEIR,
                        1,
                        0.2,
                        0.5,
                        Map.of("p50", 1.0, "p99", 2.0, "p99.99", 3.0, "max", 4.0))))
                .contains("| paced | weir | off | 1.00 | 2.00 | 3.00 | 4.00 | 0.50 |")
                .doesNotContain("M/s");
    }
}
