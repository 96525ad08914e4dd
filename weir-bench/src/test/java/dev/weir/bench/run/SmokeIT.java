package dev.weir.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.bench.job.Job;
import dev.weir.bench.job.Jobs;
import dev.weir.bench.result.Answers;
import dev.weir.bench.result.Contender;
import dev.weir.bench.result.Json;
import dev.weir.bench.result.Report;
import dev.weir.bench.result.Run;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every job once, tiny, on Flink, on Weir and without an engine. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SmokeIT {
    private int exitCode;
    private String output = "";
    private Report report;

    @BeforeAll
    void runEveryJob(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("report.json");
        StringWriter out = new StringWriter();
        exitCode = new CommandLine(new Main())
                .setOut(new PrintWriter(out, true))
                .execute(
                        "run",
                        "--together",
                        "--rounds",
                        "1",
                        "--scale",
                        "0.004",
                        "--jvm",
                        "-XX:TieredStopAtLevel=1",
                        "--out",
                        file.toString());
        output = out.toString();
        report = Json.read(file, Report.class);
    }

    @Test
    void succeeds() {
        assertThat(exitCode).as(output).isZero();
    }

    @Test
    void answersAgree() {
        assertThat(Answers.disagreements(report.runs())).isEmpty();
        assertThat(report.runs())
                .allSatisfy(run -> assertThat(run.answerRecords()).isPositive());
    }

    @Test
    void everyJobRanEverywhere() {
        List<String> expected = new ArrayList<>();
        for (Job job : Jobs.all()) {
            for (Contender engine : List.of(Contender.FLINK, Contender.WEIR)) {
                expected.add(job.name() + " " + engine.key() + " false");
                expected.add(job.name() + " " + engine.key() + " true");
            }
            expected.add(job.name() + " limit false");
        }
        assertThat(report.runs())
                .extracting(run -> run.job() + " " + run.contender().key() + " " + run.reuse())
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void everyFigureIsThere() {
        assertThat(report.runs()).allSatisfy(run -> {
            assertThat(run.steadyRecords()).isPositive();
            assertThat(run.steadySeconds()).isPositive();
            assertThat(run.peakResidentBytes()).isPositive();
            assertThat(run.isPaced()).isEqualTo(run.job().equals("latency"));
        });
        assertThat(report.runs().stream().filter(Run::isPaced))
                .allSatisfy(run -> assertThat(run.latencyMillis("p99.99")).isPositive());
        assertThat(report.machine().cores()).isPositive();
        assertThat(report.flink()).startsWith("2.");
    }

    @Test
    void theTableHasARowForEachJobAndMode() {
        for (Job job : Jobs.all()) {
            String row = "(?m)^\\| " + job.name()
                    + (job.kind() == Job.Kind.PACED ? " \\| (flink|weir|limit)" : "")
                    + " \\| (on|off|–) \\|[^–\n]*\\|$";
            assertThat(Pattern.compile(row).matcher(output).results())
                    .as(String.format(Locale.ROOT, "rows of %s in %s", job.name(), output))
                    .hasSize(job.kind() == Job.Kind.PACED ? 5 : 2);
        }
        assertThat(output).doesNotContain("NaN").contains("geometric mean, windows and joins");
    }
}
