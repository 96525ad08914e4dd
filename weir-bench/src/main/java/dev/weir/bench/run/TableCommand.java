package dev.weir.bench.run;

import dev.weir.bench.job.Job;
import dev.weir.bench.job.Jobs;
import dev.weir.bench.result.Json;
import dev.weir.bench.result.Report;
import dev.weir.bench.result.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a report as Markdown. */
@Command(name = "table", mixinStandardHelpOptions = true, description = "Prints a result file as a Markdown table.")
final class TableCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "What bench/run wrote.")
    private Path file = Path.of("");

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        print(
                Json.read(file, Report.class),
                Objects.requireNonNull(spec).commandLine().getOut());
        return 0;
    }

    static void print(Report report, PrintWriter out) {
        out.print(new Table(
                        report,
                        Jobs.all().stream()
                                .filter(job -> job.kind() == Job.Kind.WINDOW_OR_JOIN)
                                .map(Job::name)
                                .collect(Collectors.toSet()))
                .markdown());
        out.flush();
    }
}
