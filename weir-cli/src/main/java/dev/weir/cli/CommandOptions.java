package dev.weir.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The kinds of options that commands have. Declared in code and not by annotations, whose scan costs a start-up. */
final class CommandOptions {
    private CommandOptions() {}

    static void option(CommandSpec spec, String label, String description, String... names) {
        spec.addOption(OptionSpec.builder(names)
                .paramLabel(label)
                .type(String.class)
                .description(description)
                .build());
    }

    static void repeated(CommandSpec spec, String label, String description, String... names) {
        spec.addOption(OptionSpec.builder(names)
                .paramLabel(label)
                .arity("1")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(description)
                .build());
    }

    static void flag(CommandSpec spec, String description, String... names) {
        spec.addOption(OptionSpec.builder(names)
                .type(boolean.class)
                .description(description)
                .build());
    }

    static void help(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Prints this text.")
                .build());
    }

    static void dataDir(CommandSpec spec) {
        option(
                spec,
                "DIR",
                "Directory for what outlives the process: job store, and checkpoints where no directory is configured."
                        + " Default: WEIR_DATA_DIR, else .weir in the home directory.",
                "--data-dir");
    }

    /** All positional arguments, named in the synopsis. */
    static void arguments(CommandSpec spec) {
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .hidden(true)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .build());
    }
}
