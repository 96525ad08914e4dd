package dev.weir.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.bench.job.Job;
import dev.weir.bench.job.Jobs;
import dev.weir.bench.result.Answers;
import dev.weir.bench.result.Json;
import dev.weir.bench.result.Report;
import dev.weir.bench.result.Run;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Every job once, tiny, on Flink, on Weir and without an engine. Flink, which takes longest, runs in one mode: object reuse
 * may not change an answer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SmokeIT {
    private final StringWriter output = new StringWriter();
    private final List<Integer> exitCodes = new ArrayList<>();
    private List<Run> runs = List.of();
    private Report report;
    private String table = "";

    @BeforeAll
    void runEveryJob(@TempDir Path directory) throws Exception {
        Report oracle = bench(directory.resolve("oracle.json"), "--only", "flink,limit", "--reuse", "off");
        report = bench(directory.resolve("weir.json"), "--only", "weir", "--reuse", "both");
        runs = Stream.of(oracle, report).flatMap(each -> each.runs().stream()).toList();
        Path merged = directory.resolve("merged.json");
        Json.write(
                merged,
                new Report(
                        report.date(),
                        report.commit(),
                        report.flink(),
                        report.machine(),
                        report.jvm(),
                        report.scale(),
                        report.rounds(),
                        report.nativeOperators(),
                        runs));
        StringWriter out = new StringWriter();
        exitCodes.add(
                new CommandLine(new Main()).setOut(new PrintWriter(out, true)).execute("table", merged.toString()));
        table = out.toString();
    }

    /** The first compiler only: what runs for a moment is not worth the second. */
    private Report bench(Path file, String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("run", "--together", "--rounds", "1", "--scale", "0.004"));
        arguments.addAll(List.of("--jvm", "-XX:TieredStopAtLevel=1", "--out", file.toString()));
        arguments.addAll(List.of(options));
        exitCodes.add(new CommandLine(new Main())
                .setOut(new PrintWriter(output, true))
                .execute(arguments.toArray(String[]::new)));
        return Json.read(file, Report.class);
    }

    @Test
    void succeeds() {
        assertThat(exitCodes).as(output.toString()).containsExactly(0, 0, 0);
    }

    @Test
    void answersAgree() {
        assertThat(Answers.disagreements(runs)).isEmpty();
        assertThat(runs).allSatisfy(run -> assertThat(run.answerRecords()).isPositive());
    }

    @Test
    void everyJobRanEverywhere() {
        List<String> expected = new ArrayList<>();
        for (Job job : Jobs.all()) {
            expected.add(job.name() + " flink false");
            expected.add(job.name() + " weir false");
            expected.add(job.name() + " weir true");
            expected.add(job.name() + " limit false");
        }
        assertThat(runs)
                .extracting(run -> run.job() + " " + run.contender().key() + " " + run.reuse())
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void everyFigureIsThere() {
        assertThat(runs).allSatisfy(run -> {
            assertThat(run.steadyRecords()).isPositive();
            assertThat(run.steadySeconds()).isPositive();
            assertThat(run.peakResidentBytes()).isPositive();
            assertThat(run.isPaced()).isEqualTo(run.job().equals("latency"));
        });
        assertThat(runs.stream().filter(Run::isPaced))
                .allSatisfy(run -> assertThat(run.latencyMillis("p99.99")).isPositive());
        assertThat(report.machine().cores()).isPositive();
        assertThat(report.flink()).startsWith("2.");
    }

    @Test
    void theTableHasARowForEachJobAndMode() {
        for (Job job : Jobs.all()) {
            boolean paced = job.kind() == Job.Kind.PACED;
            String complete = "(?m)^\\| " + job.name() + (paced ? " \\| (flink|weir|limit) \\| (on|off|–)" : " \\| off")
                    + " \\|[^–\n]*\\|$";
            assertThat(Pattern.compile(complete).matcher(table).results())
                    .as("complete rows of %s in %s", job.name(), table)
                    .hasSize(paced ? 4 : 1);
        }
        assertThat(table).doesNotContain("NaN").contains("geometric mean, windows and joins");
    }
}
