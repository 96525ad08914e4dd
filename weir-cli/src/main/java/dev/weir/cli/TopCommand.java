package dev.weir.cli;

import static dev.weir.cli.CommandOptions.flag;
import static dev.weir.cli.CommandOptions.option;

import dev.weir.cli.LiveJobs.Found;
import dev.weir.cli.control.ControlClient;
import dev.weir.cli.control.ControlException;
import dev.weir.cli.control.Views.Budget;
import dev.weir.cli.control.Views.Job;
import dev.weir.cli.control.Views.LatestCheckpoint;
import dev.weir.cli.control.Views.Load;
import dev.weir.cli.control.Views.LoadOfVertex;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code weir top}: what the vertices of running jobs do, again and again. */
final class TopCommand {
    private static final String CLEAR = "\u001b[H\u001b[2J";
    private static final double SECONDS_MIN = 0.1;
    private static final double SECONDS_MAX = 3_600;

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;

    TopCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("top");
        spec.usageMessage()
                .description("Shows what the operators of running jobs do, until no job runs or it is interrupted.", "")
                .customSynopsis("weir top [OPTIONS] [JOB]")
                .footer(
                        "",
                        "BUSY, IDLE and HELD BACK are shares of the time, means over the last minute, of the vertex's most"
                                + " busy, least idle and most backpressured subtask. Rates are of all its subtasks, between two"
                                + " readings.",
                        "JOB is a job's id, the beginning of its id, its key or its name; default: all that run.",
                        "Exit codes: 0 done, 1 not done, 2 bad usage.");
        option(spec, "SECONDS", "Between two readings. Default: 2.", "-i", "--interval");
        flag(spec, "Reads twice, prints one table and ends.", "--once");
        CommandOptions.dataDir(spec);
        CommandOptions.help(spec);
        CommandOptions.arguments(spec);
        return spec;
    }

    int run(ParseResult parsed) throws UsageException {
        Path data = Settings.dataDir(parsed.matchedOptionValue("--data-dir", (String) null), environment);
        List<String> arguments = parsed.matchedPositionalValue(0, List.<String>of());
        if (arguments.size() > 1) {
            throw new UsageException("unknown argument: " + arguments.get(1));
        }
        long intervalMillis = intervalMillis(parsed.matchedOptionValue("-i", "2"));
        try {
            Reading before = read(data, arguments);
            do {
                if (before.loads().isEmpty()) {
                    err.println("weir: no job runs in a process of the data directory " + data);
                    return ExitCode.FINISHED;
                }
                TimeUnit.MILLISECONDS.sleep(intervalMillis);
                Reading now = read(data, arguments);
                if (!parsed.hasMatchedOption("--once")) {
                    out.print(CLEAR);
                }
                print(now, before);
                out.flush();
                before = now;
            } while (!parsed.hasMatchedOption("--once"));
            return ExitCode.FINISHED;
        } catch (ControlException e) {
            err.println("weir: " + e.getMessage());
            return ExitCode.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERRUPTED;
        }
    }

    private static long intervalMillis(String given) throws UsageException {
        try {
            double seconds = Double.parseDouble(given);
            if (seconds >= SECONDS_MIN && seconds <= SECONDS_MAX) {
                return Math.round(seconds * 1_000);
            }
        } catch (NumberFormatException e) {
            throw new UsageException("--interval=" + given + " is no number of seconds", e);
        }
        throw new UsageException("--interval=" + given + " is not between " + SECONDS_MIN + " and " + SECONDS_MAX);
    }

    /** What was read at one moment, by the job's id. */
    private record Reading(List<Found> jobs, Map<String, Load> loads, Map<Long, List<Budget>> memory) {}

    private static Reading read(Path data, List<String> meant) throws UsageException, ControlException {
        LiveJobs live = LiveJobs.of(data);
        List<Found> shown = new ArrayList<>();
        if (meant.isEmpty()) {
            live.all().stream().filter(found -> !found.job().ended()).forEach(shown::add);
        } else {
            shown.add(live.select(meant.get(0)));
            shown.removeIf(found -> found.job().ended());
        }
        Map<String, Load> loads = new LinkedHashMap<>();
        Map<Long, List<Budget>> memory = new HashMap<>();
        for (Found found : shown) {
            ControlClient process = found.process();
            loads.put(found.job().id(), process.load(found.job().id()));
            if (!memory.containsKey(process.pid())) {
                memory.put(process.pid(), process.memory().budgets());
            }
        }
        return new Reading(shown, loads, memory);
    }

    private void print(Reading now, Reading before) {
        long pid = -1;
        for (Found found : now.jobs()) {
            if (found.process().pid() != pid) {
                pid = found.process().pid();
                out.println("process " + pid + ": " + memory(now.memory().getOrDefault(pid, List.of())));
            }
            Job job = found.job();
            out.println();
            out.println(job.name() + " " + job.state() + ", " + job.id() + ", " + checkpoint(job.latestCheckpoint()));
            Load load = now.loads().get(job.id());
            if (load != null) {
                vertices(load, before.loads().get(job.id()));
                if (!load.bottlenecks().isEmpty()) {
                    out.println("held up by "
                            + String.join(", ", load.bottlenecks()).replaceAll("\\p{Cntrl}", " ") + "; weir why "
                            + job.id() + " says why");
                }
            }
        }
        if (now.jobs().isEmpty()) {
            out.println("no job runs any more");
        }
    }

    private void vertices(Load load, @Nullable Load before) {
        Table table = new Table(
                "VERTEX",
                "TASKS",
                "BUSY",
                "IDLE",
                "HELD BACK",
                "LEVEL",
                "IN/S",
                "OUT/S",
                "IN POOL",
                "OUT POOL",
                "IN",
                "OUT");
        for (LoadOfVertex vertex : load.vertices()) {
            LoadOfVertex earlier = before == null
                    ? null
                    : before.vertices().stream()
                            .filter(other -> other.id().equals(vertex.id()))
                            .findFirst()
                            .orElse(null);
            double seconds = before == null ? 0 : (load.atNanos() - before.atNanos()) / 1e9;
            table.add(
                    vertex.name(),
                    vertex.running(),
                    vertex.busy() == null ? "-" : percent(vertex.busy()),
                    percent(vertex.idle()),
                    percent(vertex.backpressured()),
                    vertex.backpressure(),
                    earlier == null ? "-" : rate(vertex.recordsIn() - earlier.recordsIn(), seconds),
                    earlier == null ? "-" : rate(vertex.recordsOut() - earlier.recordsOut(), seconds),
                    percent(vertex.inPoolUsage()),
                    percent(vertex.outPoolUsage()),
                    vertex.recordsIn(),
                    vertex.recordsOut());
        }
        table.print(out);
    }

    /** A new attempt counts from 0 again. */
    private static String rate(long records, double seconds) {
        return records < 0 || seconds <= 0 ? "-" : String.format(Locale.ROOT, "%.0f", records / seconds);
    }

    private static String percent(double share) {
        return Math.round(100 * share) + " %";
    }

    private static String checkpoint(@Nullable LatestCheckpoint latest) {
        return latest == null
                ? "no checkpoint"
                : "checkpoint " + latest.id() + " is "
                        + Math.max(0, (System.currentTimeMillis() - latest.endMillis()) / 1_000) + " s old";
    }

    private static String memory(List<Budget> budgets) {
        return String.join(
                ", ",
                budgets.stream()
                        .map(budget -> budget.name() + " " + CheckpointTables.bytes(budget.usedBytes())
                                + (budget.maxBytes() < 0 ? "" : " of " + CheckpointTables.bytes(budget.maxBytes())))
                        .toList());
    }
}
