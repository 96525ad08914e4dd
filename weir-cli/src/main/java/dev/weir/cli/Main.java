package dev.weir.cli;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Entry of the {@code weir} command. */
public final class Main {
    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;

    Main(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    /** Runs one command and exits the process with its code. */
    public static void main(String[] args) {
        int code = new Main(System.getenv(), System.out, System.err).run(args);
        // threads that a program left behind must not keep the process
        System.exit(code);
    }

    /** Runs one command on the calling thread, without exiting. */
    int run(String... args) {
        if (args.length > 0 && args[0].equals("jvm-flags")) {
            return flags(Arrays.copyOfRange(args, 1, args.length));
        }
        CommandLine commandLine = commandLine();
        try {
            ParseResult parsed = commandLine.parseArgs(args);
            for (ParseResult each = parsed; each != null; each = each.subcommand()) {
                if (each.isUsageHelpRequested()) {
                    each.commandSpec().commandLine().usage(out);
                    return ExitCode.FINISHED;
                }
            }
            if (parsed.isVersionHelpRequested()) {
                return version();
            }
            return command(parsed, commandLine);
        } catch (ParameterException e) {
            return usageError(String.valueOf(e.getMessage()), e.getCommandLine().getCommandName());
        } catch (UsageException e) {
            err.println("weir: " + e.getMessage());
            return ExitCode.USAGE;
        }
    }

    /**
     * The flags of the JVM that is to run a command, on one line for the launcher; none where there is something wrong, which
     * that JVM will say.
     */
    private int flags(String... args) {
        try {
            ParseResult sub = commandLine().parseArgs(args).subcommand();
            Configuration configuration = sub == null ? null : configuration(sub);
            if (configuration != null) {
                out.println(String.join(
                        " ",
                        MemoryCommand.shares(configuration, MemoryCommand.host())
                                .flags()));
            }
            return ExitCode.FINISHED;
        } catch (ParameterException | UsageException e) {
            return ExitCode.USAGE;
        }
    }

    /** Of the commands that have one; else null. */
    private @Nullable Configuration configuration(ParseResult sub) throws UsageException {
        return switch (sub.commandSpec().name()) {
            case "run" -> {
                RunOptions options = RunOptions.of(sub);
                yield Settings.of(options, Settings.confDir(options.configDir(), environment));
            }
            case "serve" -> ServeCommand.configuration(sub, environment);
            case "upgrade" ->
                UpgradeCommand.configuration(
                        sub,
                        Settings.dataDir(sub.matchedOptionValue("--data-dir", (String) null), environment),
                        environment);
            default -> null;
        };
    }

    private int command(ParseResult parsed, CommandLine commandLine) throws UsageException {
        ParseResult sub = parsed.subcommand();
        if (sub == null) {
            commandLine.usage(err);
            return ExitCode.USAGE;
        }
        return switch (sub.commandSpec().name()) {
            case "run" -> new RunCommand(environment, out, err).run(RunOptions.of(sub));
            case "serve" -> new ServeCommand(environment, err).run(sub);
            case "list",
                    "cancel",
                    "savepoint",
                    "stop",
                    "checkpoint",
                    "checkpoints",
                    "state",
                    "info",
                    "logs",
                    "why",
                    "upgrade" -> new JobCommands(environment, out, err).run(sub);
            case "top" -> new TopCommand(environment, out, err).run(sub);
            case "config" -> new ConfigCommand(out, err).run(sub);
            case "memory" -> new MemoryCommand(environment, out).run(sub);
            case "classpath" -> {
                out.println(Installation.classpath());
                yield ExitCode.FINISHED;
            }
            case "version" -> version();
            case "help" -> help(sub.matchedPositionalValue(0, List.<String>of()), commandLine);
            default ->
                throw new AssertionError(
                        "command without code: " + sub.commandSpec().name());
        };
    }

    private int help(List<String> names, CommandLine commandLine) {
        CommandLine asked =
                names.isEmpty() ? commandLine : commandLine.getSubcommands().get(names.get(0));
        if (asked == null) {
            return usageError("no such command: " + names.get(0), "weir");
        }
        asked.usage(out);
        return ExitCode.FINISHED;
    }

    private int version() {
        out.println("weir " + Installation.version() + " (Flink " + Installation.flinkVersion() + ", Java "
                + System.getProperty("java.version") + ")");
        return ExitCode.FINISHED;
    }

    private int usageError(String message, String command) {
        err.println("weir: " + message);
        err.println("Try '" + (command.equals("weir") ? command : "weir " + command) + " --help'.");
        return ExitCode.USAGE;
    }

    private static CommandLine commandLine() {
        CommandSpec weir = CommandSpec.create().name("weir");
        weir.usageMessage()
                .customSynopsis("weir COMMAND [OPTIONS] ...")
                .description("Runs Apache Flink programs, unmodified, in one process.", "")
                .footer(
                        "",
                        "The script ./weir also knows:",
                        "  examples   Fetches Flink's streaming examples and prints the path of their jar.",
                        "  build      Builds what is out of date, without running anything.",
                        "",
                        "Environment: WEIR_CONF_DIR, WEIR_HOME (lib/, plugins/, conf/), WEIR_JVM_OPTS, JAVA_HOME.",
                        "Example: weir run -c org.apache.flink.streaming.examples.wordcount.WordCount \"$(weir examples)\"");
        CommandOptions.help(weir);
        weir.addOption(OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Prints the version.")
                .build());
        weir.addSubcommand("run", RunOptions.spec());
        weir.addSubcommand("serve", ServeCommand.spec());
        JobCommands.addTo(weir);
        weir.addSubcommand("memory", MemoryCommand.spec());
        weir.addSubcommand("config", ConfigCommand.spec());
        weir.addSubcommand(
                "classpath",
                simple(
                        "classpath",
                        "Prints the class path of the runtime, for tools and tests that bring their own JVM."));
        weir.addSubcommand("version", simple("version", "Prints the version of Weir, Flink and Java."));
        CommandSpec help = simple("help", "Prints help for a command.");
        help.addPositional(CommandLine.Model.PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel("COMMAND")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .build());
        weir.addSubcommand("help", help);
        CommandLine commandLine = new CommandLine(weir);
        // arguments are passed on as they are: a program's @file or quoted text is its own
        commandLine.setExpandAtFiles(false);
        commandLine.setTrimQuotes(false);
        return commandLine;
    }

    private static CommandSpec simple(String name, String description) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(description);
        CommandOptions.help(spec);
        return spec;
    }
}
