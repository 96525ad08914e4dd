package dev.weir.cli;

import static dev.weir.cli.CommandOptions.flag;
import static dev.weir.cli.CommandOptions.option;

import dev.weir.cli.LiveJobs.Found;
import dev.weir.cli.control.ControlClient;
import dev.weir.cli.control.ControlException;
import dev.weir.cli.control.Views.Job;
import dev.weir.cli.control.Views.LatestCheckpoint;
import dev.weir.cli.control.Views.Order;
import dev.weir.cli.control.Views.Outcome;
import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.flink.checkpoint.CheckpointLoader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.core.execution.SavepointFormatType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The commands on jobs that other processes run, with the option names of {@code flink}'s. */
final class JobCommands {
    private static final String WHICH_JOB =
            "JOB is a job's id, the beginning of its id, its key or its name; weir list has them.";
    private static final String FORMAT =
            "Format of the savepoint: canonical, which is Flink's and the default, or native," + " Weir's own.";
    private static final String WHERE = "Default: as the job is configured, else the data directory.";

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;

    JobCommands(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    static void addTo(CommandSpec weir) {
        CommandSpec list = spec("list", "Lists the jobs that run now, of all processes of the data directory.", "");
        flag(list, "Lists those as well that have ended, in processes that still live.", "-a", "--all");
        flag(list, "Only those that run; this is what it does without -a.", "-r", "--running");
        weir.addSubcommand("list", list);

        CommandSpec cancel = spec("cancel", "Cancels a job. It cannot be gone on with.", "JOB");
        option(
                cancel,
                "DIR",
                "Takes a savepoint into DIR first. stop does that without losing or repeating results.",
                "-s",
                "--withSavepoint");
        weir.addSubcommand("cancel", cancel);

        CommandSpec savepoint =
                spec("savepoint", "Takes a savepoint of a job into DIR, or deletes one. " + WHERE, "JOB [DIR]");
        savepoint.usageMessage().customSynopsis("weir savepoint [OPTIONS] JOB [DIR]", "weir savepoint --dispose PATH");
        option(savepoint, "TYPE", FORMAT, "-type", "--type");
        option(savepoint, "PATH", "Deletes the savepoint at PATH.", "-d", "--dispose");
        weir.addSubcommand("savepoint", savepoint);

        CommandSpec stop =
                spec("stop", "Stops a job with a savepoint, from which weir run -s PATH, or Flink, goes on.", "JOB");
        option(stop, "DIR", "Where the savepoint goes. " + WHERE, "-p", "--savepointPath");
        flag(
                stop,
                "Lets event time run out before, so that windows fire and timers go off, as at the end of the input.",
                "-d",
                "--drain");
        option(stop, "TYPE", FORMAT, "-type", "--type");
        weir.addSubcommand("stop", stop);

        CommandSpec checkpoint = spec("checkpoint", "Takes a checkpoint of a job now.", "JOB");
        flag(checkpoint, "One that refers to nothing of earlier ones.", "-full", "--full");
        weir.addSubcommand("checkpoint", checkpoint);

        CommandSpec checkpoints = spec(
                "checkpoints",
                "Shows a job's checkpoints: each of the history, newest first, and figures over all completed ones.",
                "JOB");
        option(checkpoints, "N", "Shows checkpoint N, a row for each subtask.", "--id");
        weir.addSubcommand("checkpoints", checkpoints);
        weir.addSubcommand("state", StateCommand.spec());
        weir.addSubcommand("info", spec("info", "Shows what there is to know of a job.", "JOB"));
        weir.addSubcommand("logs", LogsCommand.spec());
        weir.addSubcommand("top", TopCommand.spec());
        CommandSpec why = spec(
                "why", "Says what holds a job up, and why. Looks at the stacks of what does for some seconds.", "JOB");
        flag(why, "Prints JSON.", "--json");
        weir.addSubcommand("why", why);
        weir.addSubcommand("upgrade", UpgradeCommand.spec());
    }

    static CommandSpec spec(String name, String description, String arguments) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage()
                .description(description, "")
                .customSynopsis(("weir " + name + " [OPTIONS] " + arguments).strip())
                .footer(
                        "",
                        arguments.isEmpty() ? "Ended processes are not asked." : WHICH_JOB,
                        "Exit codes: 0 done, 1 not done, 2 bad usage.");
        CommandOptions.dataDir(spec);
        CommandOptions.help(spec);
        CommandOptions.arguments(spec);
        return spec;
    }

    int run(ParseResult parsed) throws UsageException {
        Path data = Settings.dataDir(parsed.matchedOptionValue("--data-dir", (String) null), environment);
        String command = parsed.commandSpec().name();
        List<String> arguments = parsed.matchedPositionalValue(0, List.<String>of());
        try {
            switch (command) {
                case "list" -> list(parsed, arguments, data);
                case "cancel" -> cancel(parsed, arguments, data);
                case "savepoint" -> savepoint(parsed, arguments, data);
                case "stop" -> stop(parsed, arguments, data);
                case "checkpoint" -> checkpoint(parsed, arguments, data);
                case "checkpoints" -> checkpoints(parsed, arguments, data);
                case "state" -> {
                    return new StateCommand(environment, out).run(parsed, data);
                }
                case "info" -> info(arguments, data);
                case "logs" -> {
                    limit(arguments, 1);
                    new LogsCommand(out).run(parsed, arguments, data);
                }
                case "why" -> why(parsed, arguments, data);
                case "upgrade" -> {
                    return new UpgradeCommand(environment, out, err).run(parsed, data);
                }
                default -> throw new AssertionError("command without code: " + command);
            }
            return ExitCode.FINISHED;
        } catch (ControlException e) {
            err.println("weir: " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    private void list(ParseResult parsed, List<String> arguments, Path data) throws UsageException, ControlException {
        limit(arguments, 0);
        LiveJobs live = LiveJobs.of(data);
        Table table = new Table("JOB", "NAME", "STATE", "SINCE", "PROCESS", "LATEST CHECKPOINT");
        boolean any = false;
        for (Found found : live.all()) {
            Job job = found.job();
            if (!job.ended() || parsed.hasMatchedOption("-a")) {
                any = true;
                table.add(
                        job.id(),
                        job.name(),
                        job.state(),
                        time(job.sinceMillis()),
                        found.process().pid(),
                        latest(job.latestCheckpoint()));
            }
        }
        if (any) {
            table.print(out);
        } else {
            err.println("weir: no job runs in a process of the data directory " + data);
        }
        live.unreachable().forEach(why -> err.println("weir: " + why));
    }

    private static String latest(@Nullable LatestCheckpoint latest) {
        return latest == null ? "-" : latest.id() + " at " + time(latest.endMillis());
    }

    static String time(long epochMillis) {
        return DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT)
                .format(Instant.ofEpochMilli(epochMillis)
                        .atZone(ZoneId.systemDefault())
                        .truncatedTo(ChronoUnit.SECONDS));
    }

    private void cancel(ParseResult parsed, List<String> arguments, Path data) throws UsageException, ControlException {
        Found found = job(arguments, 1, data);
        String directory = directory(parsed.matchedOptionValue("-s", (String) null));
        Outcome outcome = found.process().cancel(found.job().id(), new Order(directory, null, false, false));
        saved(outcome);
        out.println("Cancelled job " + found.job().id() + ".");
    }

    private void savepoint(ParseResult parsed, List<String> arguments, Path data)
            throws UsageException, ControlException {
        String disposed = parsed.matchedOptionValue("-d", (String) null);
        if (disposed != null) {
            limit(arguments, 0);
            dispose(disposed);
            return;
        }
        Found found = job(arguments, 2, data);
        String directory = directory(arguments.size() > 1 ? arguments.get(1) : null);
        saved(found.process().savepoint(found.job().id(), new Order(directory, format(parsed), false, false)));
    }

    /** Needs no process. */
    private void dispose(String path) throws UsageException, ControlException {
        FileSystems.initialise(Settings.load(Settings.confDir(null, environment)), environment);
        try {
            CheckpointLoader.dispose(path, JobCommands.class.getClassLoader());
        } catch (IOException e) {
            throw new ControlException("the savepoint is not deleted: " + e.getMessage(), e);
        }
        out.println("Savepoint '" + path + "' disposed.");
    }

    private void stop(ParseResult parsed, List<String> arguments, Path data) throws UsageException, ControlException {
        Found found = job(arguments, 1, data);
        String directory = directory(parsed.matchedOptionValue("-p", (String) null));
        saved(found.process()
                .stop(found.job().id(), new Order(directory, format(parsed), parsed.hasMatchedOption("-d"), false)));
    }

    private void checkpoint(ParseResult parsed, List<String> arguments, Path data)
            throws UsageException, ControlException {
        Found found = job(arguments, 1, data);
        Outcome outcome = found.process()
                .checkpoint(found.job().id(), new Order(null, null, false, parsed.hasMatchedOption("-full")));
        out.println("Checkpoint completed. Path: " + outcome.location());
    }

    private void checkpoints(ParseResult parsed, List<String> arguments, Path data)
            throws UsageException, ControlException {
        Found found = job(arguments, 1, data);
        String id = parsed.matchedOptionValue("--id", (String) null);
        if (id == null) {
            CheckpointTables.print(found.process().checkpoints(found.job().id()), out);
        } else if (id.matches("[0-9]{1,18}")) {
            CheckpointTables.print(found.process().checkpoint(found.job().id(), Long.parseLong(id)), out);
        } else {
            throw new UsageException("--id=" + id + " is no number of a checkpoint");
        }
    }

    private void info(List<String> arguments, Path data) throws UsageException, ControlException {
        Found found = job(arguments, 1, data);
        InfoCommand.print(
                found.process().info(found.job().id()), found.process().pid(), System.currentTimeMillis(), out);
    }

    private void why(ParseResult parsed, List<String> arguments, Path data) throws UsageException, ControlException {
        Found found = job(arguments, 1, data);
        Diagnosis diagnosis = found.process().why(found.job().id());
        if (parsed.hasMatchedOption("--json")) {
            out.println(ControlClient.json(diagnosis));
        } else {
            DiagnosisText.print(found.job(), diagnosis, out);
        }
    }

    /** In Flink's words, which scripts look for. */
    private void saved(Outcome outcome) {
        if (outcome.location() != null) {
            out.println("Savepoint completed. Path: " + outcome.location());
        }
    }

    private static Found job(List<String> arguments, int argumentsMax, Path data)
            throws UsageException, ControlException {
        if (arguments.isEmpty()) {
            throw new UsageException("the JOB is missing; " + WHICH_JOB);
        }
        limit(arguments, argumentsMax);
        return LiveJobs.of(data).select(arguments.get(0));
    }

    private static void limit(List<String> arguments, int max) throws UsageException {
        if (arguments.size() > max) {
            throw new UsageException("unknown argument: " + arguments.get(max));
        }
    }

    private static @Nullable String format(ParseResult parsed) throws UsageException {
        String given = parsed.matchedOptionValue("-type", (String) null);
        if (given == null) {
            return null;
        }
        for (SavepointFormatType format : SavepointFormatType.values()) {
            if (format.name().equalsIgnoreCase(given)) {
                return format.name();
            }
        }
        throw new UsageException("--type=" + given + " is neither canonical nor native");
    }

    /** A path without a scheme is meant from where the command is given, not from where the process was. */
    static @Nullable String directory(@Nullable String given) throws UsageException {
        if (given == null) {
            return null;
        }
        try {
            return URI.create(given).getScheme() == null
                    ? Path.of(given).toAbsolutePath().toString()
                    : given;
        } catch (IllegalArgumentException e) {
            // a path may have what a URI may not, as blanks
            return Path.of(given).toAbsolutePath().toString();
        }
    }
}
