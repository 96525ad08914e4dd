package dev.weir.cli;

import dev.weir.client.WeirTarget;
import dev.weir.flink.config.KnownKeys;
import dev.weir.flink.config.LegacyKeys;
import dev.weir.flink.config.OptionKeys;
import dev.weir.flink.config.Verdict;
import dev.weir.flink.config.Verdicts;
import dev.weir.server.ServerOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.FallbackKey;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code weir config}: what Flink's option keys mean here. */
final class ConfigCommand {
    private final PrintStream out;
    private final PrintStream err;

    ConfigCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("config");
        spec.usageMessage()
                .description(
                        "Says of each of Flink's option keys, or of KEY or those below it, what it means here.", "")
                .customSynopsis("weir config [--markdown] [KEY]")
                .footer("", "Exit codes: 0 done, 1 no such key, 2 bad usage.");
        CommandOptions.flag(spec, "Prints docs/configuration.md.", "--markdown");
        CommandOptions.help(spec);
        CommandOptions.arguments(spec);
        return spec;
    }

    /** All options of Flink's and Weir's own. Takes about a second. */
    static Map<String, ConfigOption<?>> options(String classPath) throws IOException {
        return OptionKeys.of(classPath, ServerOptions.class, WeirTarget.class);
    }

    int run(ParseResult parsed) throws UsageException {
        List<String> arguments = parsed.matchedPositionalValue(0, List.<String>of());
        if (arguments.size() > 1) {
            throw new UsageException("unknown argument: " + arguments.get(1));
        }
        Map<String, ConfigOption<?>> options;
        try {
            options = options(Installation.classpath());
        } catch (IOException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
        Verdicts verdicts = Verdicts.read();
        if (parsed.hasMatchedOption("--markdown")) {
            ConfigurationReference.print(options, verdicts, out);
            return ExitCode.FINISHED;
        }
        return arguments.isEmpty() ? several("", options, verdicts) : one(arguments.get(0), options, verdicts);
    }

    private int several(String prefix, Map<String, ConfigOption<?>> options, Verdicts verdicts) {
        Table table = new Table("KEY", "VERDICT", "WHY");
        options.keySet().stream().filter(key -> key.startsWith(prefix)).forEach(key -> add(table, key, verdicts));
        table.print(out);
        return ExitCode.FINISHED;
    }

    private static void add(Table table, String key, Verdicts verdicts) {
        Optional<Verdict> verdict = verdicts.of(key);
        table.add(
                key,
                verdict.map(found -> found.kind().text()).orElse("none"),
                verdict.map(Verdict::reason).orElse(""));
    }

    private int one(String key, Map<String, ConfigOption<?>> options, Verdicts verdicts) {
        Optional<ConfigOption<?>> option = named(key, options);
        Optional<String> legacy = LegacyKeys.of(key);
        if (legacy.isPresent()) {
            out.println(key + ": a key of an earlier Flink; " + legacy.get());
            return ExitCode.FINISHED;
        }
        String below = key.endsWith(".") ? key : key + ".";
        if (option.isEmpty() && options.keySet().stream().anyMatch(other -> other.startsWith(below))) {
            return several(below, options, verdicts);
        }
        if (option.isEmpty()) {
            err.println("weir: Flink has no option " + key + "; the nearest is "
                    + KnownKeys.read().nearest(key));
            return ExitCode.FAILED;
        }
        ConfigOption<?> found = option.get();
        Table table = new Table("KEY", "VERDICT", "WHY");
        add(table, found.key(), verdicts);
        table.print(out);
        if (!found.key().equals(key)) {
            out.println(key + " is an old name of it.");
        }
        out.println("Default: " + (found.hasDefaultValue() ? found.defaultValue() : "none"));
        return ExitCode.FINISHED;
    }

    private static Optional<ConfigOption<?>> named(String key, Map<String, ConfigOption<?>> options) {
        Map<String, ConfigOption<?>> byName = new TreeMap<>(options);
        for (ConfigOption<?> option : options.values()) {
            for (FallbackKey old : option.fallbackKeys()) {
                byName.putIfAbsent(old.getKey(), option);
            }
        }
        return Optional.ofNullable(byName.get(key));
    }
}
