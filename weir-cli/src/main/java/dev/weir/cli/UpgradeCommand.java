package dev.weir.cli;

import dev.weir.cli.LiveJobs.Found;
import dev.weir.cli.control.ControlException;
import dev.weir.cli.control.Views.Order;
import dev.weir.cli.control.Views.Outcome;
import dev.weir.cli.control.Views.Run;
import dev.weir.flink.program.Program;
import dev.weir.flink.program.ProgramException;
import java.io.PrintStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code weir upgrade}: stops a job with a savepoint and starts another jar from it, in this process and under the job's key,
 * or, of a job of {@code weir serve}, in the process that has it. What can be found out about the jar is, before anything is
 * stopped.
 */
final class UpgradeCommand {
    private static final int END_SECONDS_MAX = 60;

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;

    UpgradeCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("upgrade");
        spec.parser().stopAtPositional(true);
        spec.usageMessage()
                .description(
                        "Stops a job with a savepoint and runs JAR from it, in this process and under the job's key; one of"
                                + " weir serve in the process that serves it.",
                        "")
                .customSynopsis("weir upgrade [OPTIONS] JOB JAR [ARGS...]")
                .footer(
                        "",
                        "Options and ARGS that are not given are those that the job was started with; of weir serve's jobs they"
                                + " are not known.",
                        "Exit codes: those of weir run.");
        CommandOptions.option(spec, "CLASS", "Class with the main method.", "-c", "--class");
        CommandOptions.repeated(
                spec,
                "URL",
                "URL or path added to the user's class loader after JAR; repeatable.",
                "-C",
                "--classpath");
        CommandOptions.option(spec, "N", "Default parallelism.", "-p", "--parallelism");
        CommandOptions.repeated(
                spec, "KEY=VALUE", "Any option of Flink's configuration, above those of before; repeatable.", "-D");
        CommandOptions.flag(
                spec,
                "Passes over state in the savepoint that the program has no operator for.",
                "-n",
                "--allowNonRestoredState");
        CommandOptions.option(spec, "DIR", "Where the savepoint goes.", "--savepointPath");
        CommandOptions.flag(spec, "Prints stack traces.", "-v", "--verbose");
        CommandOptions.dataDir(spec);
        CommandOptions.help(spec);
        CommandOptions.arguments(spec);
        return spec;
    }

    /** What the new program will run with in this process; null where it will run in another. */
    static @Nullable Configuration configuration(ParseResult parsed, Path data, Map<String, String> environment)
            throws UsageException {
        List<String> positional = parsed.matchedPositionalValue(0, List.<String>of());
        try {
            Found found = LiveJobs.of(data).select(positional.isEmpty() ? "" : positional.get(0));
            Run before = found.process().run();
            if (before == null || positional.size() < 2) {
                return null;
            }
            RunOptions options =
                    options(parsed, positional, before, null, found.job().key(), data);
            return Settings.of(options, Settings.confDir(options.configDir(), environment));
        } catch (ControlException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    int run(ParseResult parsed, Path data) throws UsageException, ControlException {
        List<String> positional = parsed.matchedPositionalValue(0, List.<String>of());
        if (positional.size() < 2) {
            throw new UsageException("weir upgrade needs a JOB and a JAR");
        }
        LiveJobs live = LiveJobs.of(data);
        Found found = live.select(positional.get(0));
        long pid = found.process().pid();
        long others =
                live.all().stream().filter(each -> each.process().pid() == pid).count();
        Run before = found.process().run();
        if (before == null) {
            return served(parsed, positional, found);
        }
        if (others > 1) {
            throw new UsageException("process " + pid + " has had " + others
                    + " jobs, and an upgrade is of a program with one; use weir stop and weir run -s");
        }
        RunOptions without =
                options(parsed, positional, before, null, found.job().key(), data);
        Settings.of(without, Settings.confDir(without.configDir(), environment));
        Optional<Integer> unfit = refuse(without);
        if (unfit.isPresent()) {
            return unfit.get();
        }
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        String savepoint = stop(parsed, found);
        int code = ExitCode.FAILED;
        try {
            if (process.isEmpty() || ended(process.get())) {
                // a checkpoint of the new program goes before the savepoint
                err.println("weir: after a crash go on with: "
                        + line(parsed, without.view(null), found.job().key(), List.of("-s", savepoint)));
                code = new RunCommand(environment, out, err)
                        .run(options(
                                parsed,
                                positional,
                                before,
                                savepoint,
                                found.job().key(),
                                data));
            }
        } finally {
            if (code == ExitCode.FAILED || code == ExitCode.USAGE) {
                err.println("weir: the state before the upgrade is in " + savepoint + "; go back with: "
                        // what the new jar has left must not be gone on with
                        + line(parsed, before, found.job().key(), List.of("--fresh", "-s", savepoint)));
            }
        }
        return code;
    }

    /** In the process that has the job; nothing is known of how that was submitted. */
    private int served(ParseResult parsed, List<String> positional, Found found)
            throws UsageException, ControlException {
        Run nothing = new Run("", null, List.of(), null, List.of(), null, null, List.of());
        RunOptions without = options(parsed, positional, nothing, null, null, Path.of(""));
        Settings.of(without, null);
        Optional<Integer> unfit = refuse(without);
        if (unfit.isPresent()) {
            return unfit.get();
        }
        String savepoint = stop(parsed, found);
        try {
            List<String> jobs = found.process()
                    .submit(options(parsed, positional, nothing, savepoint, null, Path.of(""))
                            .view(null));
            jobs.forEach(job -> out.println("Job has been submitted with JobID " + job));
            return ExitCode.FINISHED;
        } catch (ControlException e) {
            err.println("weir: the state before the upgrade is in " + savepoint
                    + "; to go back submit the jar of before with that savepoint's path");
            throw e;
        }
    }

    private String stop(ParseResult parsed, Found found) throws UsageException, ControlException {
        String directory = JobCommands.directory(parsed.matchedOptionValue("--savepointPath", (String) null));
        Outcome stopped = found.process().stop(found.job().id(), new Order(directory, null, false, false));
        String savepoint = String.valueOf(stopped.location());
        err.println("weir: stopped, savepoint " + savepoint);
        return savepoint;
    }

    /** What is wrong with the new jar as far as it can be told without running it. */
    private Optional<Integer> refuse(RunOptions options) {
        try (Program program = Program.open(
                options.jar(), options.mainClass(), options.classpaths(), options.arguments(), new Configuration())) {
            return Optional.empty();
        } catch (ProgramException e) {
            new FailureReport(err, options.verbose(), options.jar()).program(e);
            return Optional.of(ExitCode.USAGE);
        }
    }

    private boolean ended(ProcessHandle process) {
        try {
            process.onExit().get(END_SECONDS_MAX, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            err.println("weir: process " + process.pid() + " goes on although its job was stopped: waitedSeconds="
                    + END_SECONDS_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new AssertionError("an end of a process that fails", e);
        }
        return false;
    }

    /** The options of before under those that are given now. */
    private static RunOptions options(
            ParseResult parsed,
            List<String> positional,
            Run before,
            @Nullable String savepoint,
            @Nullable String jobKey,
            Path data)
            throws UsageException {
        List<String> properties = new ArrayList<>(kept(before.properties()));
        if (savepoint != null) {
            properties.add(StateRecoveryOptions.SAVEPOINT_PATH.key() + "=" + savepoint);
        }
        if (parsed.hasMatchedOption("-n")) {
            properties.add(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE.key() + "=true");
        }
        properties.addAll(parsed.matchedOptionValue("-D", List.<String>of()));
        List<String> classpaths = parsed.matchedOptionValue("-C", before.classpaths());
        List<URL> urls = new ArrayList<>();
        for (String each : classpaths) {
            urls.add(RunOptions.classpath(each));
        }
        Integer parallelism = RunOptions.parallelism(parsed.matchedOptionValue("-p", (String) null));
        List<String> arguments = positional.subList(2, positional.size());
        return new RunOptions(
                RunOptions.path(positional.get(1)),
                parsed.matchedOptionValue("-c", before.mainClass()),
                urls,
                parallelism == null ? before.parallelism() : parallelism,
                false,
                false,
                properties,
                before.configDir(),
                before.logConfig(),
                parsed.hasMatchedOption("-v"),
                data.toString(),
                jobKey,
                false,
                arguments.isEmpty() ? before.arguments() : List.copyOf(arguments));
    }

    /** Without what the job was started from. */
    private static List<String> kept(List<String> properties) {
        List<String> keys = List.of(
                StateRecoveryOptions.SAVEPOINT_PATH.key(),
                StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE.key(),
                StateRecoveryOptions.RESTORE_MODE.key());
        return properties.stream()
                .filter(each -> keys.stream().noneMatch(key -> each.startsWith(key + "=")))
                .toList();
    }

    /** A command line for the shell. */
    private static String line(ParseResult parsed, Run run, String jobKey, List<String> from) {
        List<String> words = new ArrayList<>(List.of("weir", "run", "--job-key", jobKey));
        add(words, "--data-dir", parsed.matchedOptionValue("--data-dir", (String) null));
        words.addAll(from);
        if (parsed.hasMatchedOption("-n")) {
            words.add("-n");
        }
        add(words, "-c", run.mainClass());
        run.classpaths().forEach(each -> add(words, "-C", each));
        add(words, "-p", run.parallelism());
        kept(run.properties()).forEach(each -> add(words, "-D", each));
        add(words, "--config-dir", run.configDir());
        add(words, "--log-config", run.logConfig());
        words.add(run.jar());
        words.addAll(run.arguments());
        return words.stream()
                .map(word -> word.matches("[A-Za-z0-9_./:=@%+,-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    private static void add(List<String> words, String option, @Nullable Object value) {
        if (value != null) {
            words.add(option);
            words.add(value.toString());
        }
    }
}
