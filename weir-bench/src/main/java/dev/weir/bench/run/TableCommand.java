package dev.weir.bench.run;

import dev.weir.bench.job.Job;
import dev.weir.bench.job.Jobs;
import dev.weir.bench.result.Json;
import dev.weir.bench.result.Report;
import dev.weir.bench.result.Table;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints a report as Markdown. */
@Command(name = "table", mixinStandardHelpOptions = true, description = "Prints a result file as a Markdown table.")
final class TableCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "What bench/run wrote.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws IOException {
        print(Json.read(file, Report.class), System.out);
        return 0;
    }

    static void print(Report report, PrintStream out) {
        out.print(new Table(
                        report,
                        Jobs.all().stream().filter(Job::windowed).map(Job::name).collect(Collectors.toSet()))
                .markdown());
    }
}
