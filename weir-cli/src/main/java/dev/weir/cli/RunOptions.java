package dev.weir.cli;

import static dev.weir.cli.CommandOptions.flag;
import static dev.weir.cli.CommandOptions.option;
import static dev.weir.cli.CommandOptions.repeated;

import dev.weir.cli.control.Views.Run;
import dev.weir.flink.program.Program;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The command line of {@code weir run}: the options of {@code flink run} under the same names.
 *
 * @param parallelism null where not given
 * @param configDir null where not given
 * @param logConfig null where not given
 */
record RunOptions(
        Path jar,
        @Nullable String mainClass,
        List<URL> classpaths,
        @Nullable Integer parallelism,
        boolean detached,
        boolean explain,
        List<String> properties,
        @Nullable String configDir,
        @Nullable String logConfig,
        boolean verbose,
        @Nullable String dataDir,
        @Nullable String jobKey,
        boolean fresh,
        List<String> arguments) {

    private static final String SUPERVISE = "--supervise";

    private static final String NO_CLUSTER =
            "there is no cluster to reach: the program runs in this process, see weir run --help";

    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("run");
        spec.parser().stopAtPositional(true);
        spec.usageMessage()
                .description(
                        "Runs the main method of a Flink program in this process, its jobs on Weir, and waits until they have ended.",
                        "")
                .customSynopsis("weir run [OPTIONS] JAR [ARGS...]")
                .footer(
                        "",
                        "Everything after JAR goes to the program as it is.",
                        "PyFlink options (-py, -pym, -pyfs, ...) and .py files are refused: " + Program.PYTHON_REFUSED
                                + ".",
                        "",
                        "Exit codes: 0 finished, 1 a job or main failed, 2 bad usage, 3 out of memory, 130 interrupted, 143 terminated.");
        option(spec, "CLASS", "Class with the main method. Needed if the manifest of JAR names none.", "-c", "--class");
        repeated(
                spec,
                "URL",
                "URL or path added to the user's class loader after JAR; repeatable.",
                "-C",
                "--classpath");
        option(
                spec,
                "N",
                "Default parallelism; overrides parallelism.default. Without either: 1.",
                "-p",
                "--parallelism");
        repeated(spec, "KEY=VALUE", "Any option of Flink's configuration; overrides config.yaml; repeatable.", "-D");
        flag(
                spec,
                "execute() returns at once, as with flink run -d. The process still waits for the jobs: they live in it.",
                "-d",
                "--detached");
        flag(
                spec,
                "Accepted for flink run's sake: jobs never outlive this process.",
                "-sae",
                "--shutdownOnAttachedExit");
        flag(
                spec,
                "Runs main up to its first execute(), starts nothing, and prints how the job would run: its operators,"
                        + " whether each is native or hosted, and why.",
                "--explain");
        option(
                spec,
                "KEY",
                "Identity of the program, by which the same command goes on with its jobs after the process has died."
                        + " Default: jar, main class and arguments.",
                "--job-key");
        flag(
                spec,
                "Runs again whenever the process was killed, crashed or ran out of memory. Must be the first option.",
                SUPERVISE);
        flag(spec, "Begins anew where an earlier process has left jobs to go on with.", "--fresh");
        option(spec, "JAR", "The program's jar, in place of the first positional argument.", "-j", "--jarfile");
        repeated(
                spec,
                "ARG",
                "One argument of the program; repeatable. Put before those that follow JAR.",
                "-a",
                "--arguments");
        aboutTheProcess(spec);
        return spec;
    }

    /** What flink run keeps in its environment, and what cannot be had here. */
    private static void aboutTheProcess(CommandSpec spec) {
        option(
                spec,
                "DIR",
                "Directory with config.yaml and log4j.properties. Default: WEIR_CONF_DIR, else conf/ of the"
                        + " installation where it has them.",
                "--config-dir");
        CommandOptions.dataDir(spec);
        option(
                spec,
                "FILE",
                "Log4j 2 configuration. Default: log4j.properties in the configuration directory, else"
                        + " warnings go to stderr.",
                "--log-config");
        flag(spec, "Prints stack traces.", "-v", "--verbose");
        option(spec, "TARGET", "Only 'local' and 'weir', which are the same here.", "-t", "--target");
        option(
                spec,
                "PATH",
                "Savepoint or retained checkpoint to start from: its directory or its _metadata file.",
                "-s",
                "--fromSavepoint");
        flag(
                spec,
                "Passes over state that the program has no operator for: in the savepoint, or where the job goes on.",
                "-n",
                "--allowNonRestoredState");
        option(
                spec,
                "MODE",
                "Who owns the savepoint from now on: CLAIM, the job, which deletes it when it is subsumed, or NO_CLAIM,"
                        + " the default.",
                "-cm",
                "--claimMode",
                "-rm",
                "--restoreMode");
        hidden(spec, "-m", "--jobmanager", "-z", "--zookeeperNamespace", "-e", "--executor");
        hidden(spec, "-py", "--python", "-pym", "--pyModule", "-pyfs", "--pyFiles", "-pyreq", "--pyRequirements");
        hidden(spec, "-pyarch", "--pyArchives", "-pyexec", "--pyExecutable", "-pypath", "--pyPythonPath");
        hidden(spec, "-pyclientexec", "--pyClientExecutable");
        CommandOptions.help(spec);
        CommandOptions.arguments(spec);
    }

    static RunOptions of(ParseResult parsed) throws UsageException {
        refuse(parsed);
        List<String> positional = new ArrayList<>(parsed.matchedPositionalValue(0, List.<String>of()));
        String jar = parsed.matchedOptionValue("-j", (String) null);
        if (jar == null) {
            if (positional.isEmpty()) {
                throw new UsageException("the JAR to run is missing");
            }
            jar = positional.remove(0);
        }
        List<String> arguments = new ArrayList<>(parsed.matchedOptionValue("-a", List.<String>of()));
        arguments.addAll(positional);
        List<URL> classpaths = new ArrayList<>();
        for (String entry : parsed.matchedOptionValue("-C", List.<String>of())) {
            classpaths.add(classpath(entry));
        }
        return new RunOptions(
                path(jar),
                parsed.matchedOptionValue("-c", (String) null),
                List.copyOf(classpaths),
                parallelism(parsed.matchedOptionValue("-p", (String) null)),
                parsed.hasMatchedOption("-d"),
                parsed.hasMatchedOption("--explain"),
                configuration(parsed),
                parsed.matchedOptionValue("--config-dir", (String) null),
                parsed.matchedOptionValue("--log-config", (String) null),
                parsed.hasMatchedOption("-v"),
                parsed.matchedOptionValue("--data-dir", (String) null),
                parsed.matchedOptionValue("--job-key", (String) null),
                parsed.hasMatchedOption("--fresh"),
                List.copyOf(arguments));
    }

    /**
     * As other processes see it.
     *
     * @param confDir the directory of the configuration, named by an option or otherwise; null: as the option says
     */
    Run view(@Nullable File confDir) {
        return new Run(
                jar.toAbsolutePath().normalize().toString(),
                mainClass,
                classpaths.stream().map(URL::toString).toList(),
                parallelism,
                properties,
                confDir == null ? absolute(configDir) : confDir.getAbsolutePath(),
                absolute(logConfig),
                arguments);
    }

    private static @Nullable String absolute(@Nullable String path) {
        return path == null ? null : Path.of(path).toAbsolutePath().toString();
    }

    /** The -D options, behind those that others stand for. */
    private static List<String> configuration(ParseResult parsed) throws UsageException {
        List<String> pairs = new ArrayList<>();
        String savepoint = parsed.matchedOptionValue("-s", (String) null);
        if (savepoint != null) {
            pairs.add(StateRecoveryOptions.SAVEPOINT_PATH.key() + "=" + savepoint);
        } else if (parsed.hasMatchedOption("-cm")) {
            throw new UsageException("-cm says how to start from a savepoint, and none is given: add -s PATH");
        }
        if (parsed.hasMatchedOption("-n")) {
            pairs.add(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE.key() + "=true");
        }
        String mode = parsed.matchedOptionValue("-cm", (String) null);
        if (mode != null) {
            pairs.add(StateRecoveryOptions.RESTORE_MODE.key() + "=" + claimMode(mode));
        }
        pairs.addAll(parsed.matchedOptionValue("-D", List.<String>of()));
        return List.copyOf(pairs);
    }

    private static RecoveryClaimMode claimMode(String given) throws UsageException {
        for (RecoveryClaimMode mode : RecoveryClaimMode.values()) {
            if (mode.name().equalsIgnoreCase(given) && mode != RecoveryClaimMode.LEGACY) {
                return mode;
            }
        }
        throw new UsageException("-cm: claimMode=" + given + " is neither CLAIM nor NO_CLAIM");
    }

    private static void refuse(ParseResult parsed) throws UsageException {
        for (OptionSpec option : parsed.matchedOptionsSet()) {
            String name = option.longestName();
            if (name.startsWith("--py")) {
                throw new UsageException(option.names()[0] + ": " + Program.PYTHON_REFUSED);
            }
            switch (name) {
                case SUPERVISE ->
                    throw new UsageException(
                            SUPERVISE + " is a matter of the weir script, and its first option: weir run " + SUPERVISE
                                    + " [OPTIONS] JAR");
                case "--jobmanager", "--zookeeperNamespace" -> throw new UsageException(name + ": " + NO_CLUSTER);
                case "--target", "--executor" -> {
                    String target = option.getValue();
                    if (!target.equalsIgnoreCase("local") && !target.equalsIgnoreCase("weir")) {
                        throw new UsageException(name + "=" + target + ": " + NO_CLUSTER);
                    }
                }
                default -> {}
            }
        }
    }

    static Path path(String jar) throws UsageException {
        try {
            return jar.startsWith("file:") ? Path.of(URI.create(jar)) : Path.of(jar);
        } catch (IllegalArgumentException e) {
            throw new UsageException("no such jar: " + jar + " is not a path: " + e.getMessage(), e);
        }
    }

    static @Nullable Integer parallelism(@Nullable String given) throws UsageException {
        if (given == null) {
            return null;
        }
        try {
            return Integer.valueOf(given);
        } catch (NumberFormatException e) {
            throw new UsageException("-p: parallelism=" + given + " is not a number", e);
        }
    }

    /** Flink takes URLs only; paths are taken too. */
    static URL classpath(String given) throws UsageException {
        try {
            if (given.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
                URL url = new URL(given);
                if (url.getProtocol().equals("file")) {
                    requireFile(given, Path.of(url.toURI()).toFile());
                }
                return url;
            }
            File file = Path.of(given).toFile();
            requireFile(given, file);
            return file.toURI().toURL();
        } catch (MalformedURLException | URISyntaxException | IllegalArgumentException e) {
            throw new UsageException("-C: bad syntax for classpath: " + given + ": " + e.getMessage(), e);
        }
    }

    private static void requireFile(String given, File file) throws UsageException {
        if (!file.exists()) {
            throw new UsageException("-C: no such file: " + given);
        }
    }

    /** Pairs of a short and a long name, known only to be refused with a reason. */
    private static void hidden(CommandSpec spec, String... names) {
        for (int i = 0; i < names.length; i += 2) {
            spec.addOption(OptionSpec.builder(Arrays.copyOfRange(names, i, i + 2))
                    .type(String.class)
                    .hidden(true)
                    .build());
        }
    }
}
