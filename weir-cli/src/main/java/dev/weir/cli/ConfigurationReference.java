package dev.weir.cli;

import dev.weir.flink.config.Verdict;
import dev.weir.flink.config.Verdicts;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.util.TimeUtils;

/** All options as a page of the documentation: what is declared and the verdicts, nothing that is written by hand. */
final class ConfigurationReference {
    private static final String BEFORE =
            """
            # Configuration reference

            Every option of Flink 2.3 and of Weir, in `conf/config.yaml` or as `-D KEY=VALUE`. What an option is about, Flink's
            [documentation](https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/deployment/config/) says; here stands
            what it comes to on Weir. This page is printed by `weir config --markdown`; a test fails where it is out of date.

            * **honoured**: has its meaning.
            * **mapped**: has another meaning, which is told.
            * **not yet**: has no effect, and could have one.
            * **not applicable**: has no effect, since what it is about does not exist in one process.

            Keys that nobody knows are told when a job starts, with the nearest one that is known. Keys of earlier versions of Flink
            are in [legacy.md](legacy.md).

            | key | default | verdict | on Weir |
            | --- | --- | --- | --- |""";

    private ConfigurationReference() {}

    static void print(Map<String, ConfigOption<?>> options, Verdicts verdicts, PrintStream out) {
        out.println(BEFORE);
        options.forEach((key, option) -> {
            if (key.startsWith("$internal.") || key.startsWith("<")) {
                return; // nobody sets them
            }
            Verdict verdict = verdicts.of(key).orElseThrow();
            out.println("| `" + key + "` | " + value(option) + " | "
                    + verdict.kind().text() + " | " + cell(verdict.reason()) + " |");
        });
    }

    private static String value(ConfigOption<?> option) {
        if (!option.hasDefaultValue()) {
            return "";
        }
        Object value = option.defaultValue();
        String text =
                value instanceof Duration duration ? TimeUtils.formatWithHighestUnit(duration) : String.valueOf(value);
        if (text.equals(System.getProperty("java.io.tmpdir"))) {
            return "the system's directory for temporary files";
        }
        return text.isBlank() ? "" : "`" + cell(text) + "`";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replaceAll("\\s+", " ").strip();
    }
}
