package dev.weir.cli;

import dev.weir.flink.config.LegacyKeys;
import dev.weir.flink.config.OptionKeys;
import dev.weir.flink.config.Verdict;
import dev.weir.flink.config.Verdicts;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
                .description("Says of each of Flink's option keys, or of KEY, what it means here.", "")
                .customSynopsis("weir config [KEY]")
                .footer("", "Exit codes: 0 done, 1 no such key, 2 bad usage.");
        CommandOptions.help(spec);
        CommandOptions.arguments(spec);
        return spec;
    }

    int run(ParseResult parsed) throws UsageException {
        List<String> arguments = parsed.matchedPositionalValue(0, List.<String>of());
        if (arguments.size() > 1) {
            throw new UsageException("unknown argument: " + arguments.get(1));
        }
        Map<String, ConfigOption<?>> options;
        try {
            options = OptionKeys.of(Installation.classpath());
        } catch (IOException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
        Verdicts verdicts = Verdicts.read();
        if (arguments.isEmpty()) {
            Table table = new Table("KEY", "VERDICT", "WHY");
            options.keySet().forEach(key -> add(table, key, verdicts));
            table.print(out);
            return ExitCode.FINISHED;
        }
        return one(arguments.get(0), options, verdicts);
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
        if (option.isEmpty()) {
            err.println("weir: Flink has no option " + key + "; the nearest is " + nearest(key, options));
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
        ConfigOption<?> exact = options.get(key);
        if (exact != null) {
            return Optional.of(exact);
        }
        for (ConfigOption<?> option : options.values()) {
            for (FallbackKey old : option.fallbackKeys()) {
                if (old.getKey().equals(key)) {
                    return Optional.of(option);
                }
            }
        }
        return Optional.empty();
    }

    private static String nearest(String key, Map<String, ConfigOption<?>> options) {
        return options.keySet().stream()
                .min(Comparator.comparingInt(other -> distance(key, other)))
                .orElse("none");
    }

    /** Levenshtein's: how many letters are to be put in, left out or changed. */
    private static int distance(String some, String other) {
        int[] row = new int[other.length() + 1];
        for (int i = 0; i <= other.length(); i++) {
            row[i] = i;
        }
        for (int i = 1; i <= some.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int changed = diagonal + (some.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }
}
