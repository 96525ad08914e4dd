package dev.weir.bench.run;

import dev.weir.bench.job.Job;
import dev.weir.bench.job.Jobs;
import dev.weir.bench.result.Answers;
import dev.weir.bench.result.Contender;
import dev.weir.bench.result.Json;
import dev.weir.bench.result.Machine;
import dev.weir.bench.result.Report;
import dev.weir.bench.result.Run;
import dev.weir.bench.result.Task;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs jobs, each in a fresh JVM, in interleaved rounds, and writes a report. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Runs jobs on Flink's MiniCluster, on Weir and without an engine, each in a fresh JVM, in interleaved rounds;",
            "compares the answers, writes all figures to one file and prints the table."
        })
final class RunCommand implements Callable<Integer> {
    /**
     * The same for all: a heap that nobody has to fight for, and the collector that a JVM takes on a server by itself and
     * that Flink's scripts leave it with, named so that a small machine does not take another.
     */
    private static final List<String> JVM = List.of("-Xmx4g", "-XX:+UseG1GC");

    /** Object reuse of the programs. */
    enum Reuse {
        on,
        off,
        both;

        List<Boolean> modes() {
            return switch (this) {
                case on -> List.of(true);
                case off -> List.of(false);
                case both -> List.of(false, true);
            };
        }
    }

    /** What may be asked for with --only. */
    enum Only {
        flink,
        weir,
        limit,
        base
    }

    @Parameters(paramLabel = "JOB", description = "Names of jobs; all if none is given.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--list", description = "Prints the jobs and their numbers of records.")
    private boolean list;

    @Option(names = "--jobs", paramLabel = "REGEX", description = "Jobs by regular expression.")
    private @Nullable Pattern pattern;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "WHAT",
            description = "Of ${COMPLETION-CANDIDATES}; all but base.")
    private List<Only> only = List.of(Only.flink, Only.weir, Only.limit);

    @Option(names = "--reuse", description = "Object reuse: ${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
    private Reuse reuse = Reuse.both;

    @Option(names = "--rounds", paramLabel = "N", description = "Default ${DEFAULT-VALUE}.")
    private int rounds = 3;

    @Option(names = "--scale", paramLabel = "F", description = "Of the numbers of records; default ${DEFAULT-VALUE}.")
    private double scale = 1;

    @Option(names = "--native", arity = "1", paramLabel = "BOOL", description = "Sets weir.native.")
    private @Nullable Boolean nativeOperators;

    @Option(
            names = "--baseline",
            paramLabel = "CLONE",
            description = "Another clone with a built weir-bench: its Weir runs as well, in turn with this one's.")
    private @Nullable Path baseline;

    @Option(
            names = "--together",
            description = "One JVM a contender for all jobs: compares answers, says little of speed.")
    private boolean together;

    @Option(names = "--jvm", paramLabel = "OPTION", description = "A further option for every JVM; repeatable.")
    private List<String> jvm = new ArrayList<>();

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description = "Records with JFR; the name of the run is put before .jfr.")
    private @Nullable Path profile;

    @Option(
            names = "--asprof",
            paramLabel = "FILE",
            description =
                    "Profiles with async-profiler, .html for a flame graph; the name of the run is put before the suffix.")
    private @Nullable Path asprof;

    @Option(names = "--out", paramLabel = "FILE", description = "The report; default target/bench/DATE.json.")
    private @Nullable Path out;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter console = Objects.requireNonNull(spec).commandLine().getOut();
        if (list) {
            Jobs.all()
                    .forEach(job -> console.printf(
                            "%-24s %,13d%n", job.name(), job.input().records()));
            return 0;
        }
        List<Task> plan = Plan.of(jobs(), contenders(), reuse.modes(), rounds, scale, nativeOperators);
        Instant began = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Path clone = Path.of(property("bench.clone"));
        Path target = clone.resolve("target/bench");
        List<String> options = new ArrayList<>(JVM);
        options.addAll(jvm);
        Files.createDirectories(target);
        Path work = Files.createTempDirectory(target, "work-");
        ChildProcess processes =
                new ChildProcess(lib(clone), baseline == null ? lib(clone) : lib(baseline), work, options);
        List<Run> runs = new ArrayList<>();
        int failures = 0;
        for (List<Task> tasks :
                together ? Plan.together(plan) : plan.stream().map(List::of).toList()) {
            try {
                List<Run> some =
                        processes.run(tasks.stream().map(this::profiled).toList(), flightRecorder(tasks.get(0)));
                runs.addAll(some);
                some.forEach(run -> line(run, console));
            } catch (ChildProcess.Failed e) {
                failures++;
                console.println(e.getMessage());
            }
        }
        Path file = out == null ? target.resolve(began.toString().replace(":", "") + ".json") : out;
        Report report = new Report(
                began.toString(),
                property("bench.commit"),
                EnvironmentInformation.getVersion(),
                Machine.here(),
                options,
                scale,
                rounds,
                nativeOperators == null ? "default" : nativeOperators.toString(),
                runs);
        Files.createDirectories(file.toAbsolutePath().getParent());
        Json.write(file, report);
        console.println();
        TableCommand.print(report, console);
        console.println();
        console.println(file);
        List<String> disagreements = Answers.disagreements(runs);
        disagreements.forEach(console::println);
        if (failures == 0) {
            processes.deleteLogs();
        }
        return failures == 0 && disagreements.isEmpty() ? 0 : 1;
    }

    private static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), name);
    }

    private static Path lib(Path clone) {
        return clone.resolve("weir-bench/target/dist/lib");
    }

    private List<Job> jobs() {
        for (String name : names) {
            if (Jobs.all().stream().noneMatch(job -> job.name().equals(name))) {
                throw new ParameterException(
                        Objects.requireNonNull(spec).commandLine(), "no such job: " + name + ", see --list");
            }
        }
        return Jobs.all().stream()
                .filter(job -> names.isEmpty() || names.contains(job.name()))
                .filter(job -> pattern == null || pattern.matcher(job.name()).matches())
                .toList();
    }

    private List<Contender> contenders() {
        List<Contender> contenders = new ArrayList<>();
        only.forEach(each -> contenders.add(Contender.valueOf(each.name().toUpperCase(Locale.ROOT))));
        if (baseline != null && !contenders.contains(Contender.BASE)) {
            contenders.add(Contender.BASE);
        }
        return contenders;
    }

    private Task profiled(Task task) {
        return asprof == null ? task : task.withAsprof(named(asprof, task));
    }

    private List<String> flightRecorder(Task task) {
        return profile == null
                ? List.of()
                : List.of(
                        "-XX:+UnlockDiagnosticVMOptions",
                        "-XX:+DebugNonSafepoints",
                        "-XX:StartFlightRecording=settings=profile,dumponexit=true,filename=" + named(profile, task));
    }

    /** x.jfr becomes x-JOB-CONTENDER.jfr. */
    private static String named(Path file, Task task) {
        String path = file.toAbsolutePath().toString();
        int dot = path.lastIndexOf('.');
        int end = dot > path.lastIndexOf('/') ? dot : path.length();
        return path.substring(0, end) + "-" + ChildProcess.name(task) + path.substring(end);
    }

    private static void line(Run run, PrintWriter console) {
        console.printf(
                Locale.ROOT,
                "%d %-20s %-5s reuse=%-3s %8.3f M/s %7.3f cpu s/M  steady %5.2f s  net %5.2f s  gc %.2f s  %5.0f MB %s%n",
                run.round(),
                run.job(),
                run.contender().key(),
                run.contender().isEngine() ? run.reuse() ? "on" : "off" : "-",
                run.rate() / 1e6,
                run.cpuSecondsPerMillion(),
                run.steadySeconds(),
                run.netSeconds(),
                run.steadyGcSeconds(),
                run.peakResidentBytes() / 1e6,
                run.latencyMillis() == null ? "" : "ms " + run.latencyMillis());
    }
}
