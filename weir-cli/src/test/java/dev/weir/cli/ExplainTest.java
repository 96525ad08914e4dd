package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.example.AboveMaxParallelism;
import org.example.Doubles;
import org.example.ExecutesOften;
import org.example.LeavesJobsBehind;
import org.example.NeverExecutes;
import org.example.Sums;
import org.example.Throws;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code weir run --explain} in this process. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ExplainTest {
    @TempDir
    Path dir;

    private final Invocation weir = new Invocation();
    private String jar = "";

    @BeforeEach
    void pack() throws IOException {
        jar = JarOf.examples(dir, Doubles.class).toString();
    }

    @Test
    void eachOperatorIsNativeOrHostedAndSaysWhy() {
        weir.run("run", "--explain", "-c", Sums.class.getName(), jar, "10");
        assertThat(weir.err()).isEmpty();
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines())
                .containsExactly(
                        "job 'sums'",
                        "",
                        "Source: Sequence Source -> Map, parallelism 2",
                        "  native  Source: Sequence Source: NumberSequenceSource",
                        "  native  Map: StreamMap",
                        "  -> HASH to Keyed Reduce -> Map -> Sink: Writer",
                        "",
                        "Keyed Reduce -> Map -> Sink: Writer, parallelism 2",
                        "  native  Keyed Reduce: StreamGroupedReduceOperator",
                        "  native  Map: StreamMap",
                        "  native  Sink: Writer: SinkWriterOperator");
    }

    @Test
    void withoutTwinsAllAreHosted() {
        weir.run("run", "--explain", "-D", "weir.native=false", "-c", Sums.class.getName(), jar, "10");
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines().filter(line -> line.startsWith("  hosted")))
                .hasSize(5)
                .allMatch(line -> line.endsWith(": weir.native=false"));
        assertThat(weir.out()).doesNotContain("  native");
    }

    @Test
    void nothingIsStarted() {
        weir.run("run", "--explain", jar);
        assertThat(weir.err()).isEmpty();
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines()).startsWith("job 'doubles'").doesNotContain("2", "4", "6");
    }

    @Test
    void theFirstJobOnlyIsExplained() {
        weir.run("run", "--explain", "-c", LeavesJobsBehind.class.getName(), jar);
        assertThat(weir.code()).isZero();
        assertThat(weir.out()).startsWith("job 'first'").doesNotContain("second");
    }

    @Test
    void aProgramThatCatchesAllIsExplainedToo() {
        weir.run("run", "--explain", "-c", ExecutesOften.class.getName(), jar);
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines())
                .startsWith("job 'of the second API'")
                .contains("  hosted  increment: no native twin of ProcessOperator of DataStream V2")
                .doesNotContain("2", "4", "6");
    }

    @Test
    void whatCannotBeRunCannotBeExplained() {
        weir.run("run", "--explain", "-c", NeverExecutes.class.getName(), jar);
        assertThat(weir.code()).isEqualTo(ExitCode.FAILED);
        assertThat(weir.err()).contains("returned without executing a job");

        weir.run("run", "--explain", "-c", Throws.class.getName(), jar);
        assertThat(weir.code()).isEqualTo(ExitCode.FAILED);
        assertThat(weir.err()).contains("the main method of " + Throws.class.getName() + " failed");

        weir.run("run", "--explain", "-c", AboveMaxParallelism.class.getName(), jar);
        assertThat(weir.code()).isEqualTo(ExitCode.FAILED);
        assertThat(weir.err()).contains("parallelism");
        assertThat(weir.out()).isEmpty();
    }
}
