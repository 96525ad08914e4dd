package dev.weir.bench.run;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry of {@code bench/run} and {@code bench/table}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        subcommands = {RunCommand.class, TableCommand.class},
        description = "The same jobs on Flink's MiniCluster, on Weir and without an engine.")
public final class Main {
    Main() {}

    /** Runs one command and exits the process with its code. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }
}
