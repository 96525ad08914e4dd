package dev.weir.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.weir.engine.memory.BudgetTree;
import dev.weir.engine.memory.Bytes;
import dev.weir.engine.memory.HostMemory;
import dev.weir.engine.memory.JobManagerBudget;
import dev.weir.engine.memory.JvmShares;
import dev.weir.flink.memory.MemoryBudgets;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code weir memory}: what the memory of a process would be divided into, and what each figure comes from. */
final class MemoryCommand {
    private final Map<String, String> environment;
    private final PrintStream out;

    MemoryCommand(Map<String, String> environment, PrintStream out) {
        this.environment = environment;
        this.out = out;
    }

    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("memory");
        spec.usageMessage()
                .description(
                        "Prints what the memory of weir run is divided into, where each figure comes from, and the flags"
                                + " of the JVM.",
                        "")
                .customSynopsis("weir memory [OPTIONS]")
                .footer("", "Exit codes: 0 done, 2 bad usage, or sizes that contradict each other.");
        CommandOptions.repeated(
                spec, "KEY=VALUE", "Any option of Flink's configuration; overrides config.yaml; repeatable.", "-D");
        CommandOptions.option(
                spec, "SIZE", "What it would be in a container of SIZE, such as 4g, in place of this host.", "--for");
        CommandOptions.option(spec, "DIR", "Directory with config.yaml. Default: as for weir run.", "--config-dir");
        CommandOptions.help(spec);
        return spec;
    }

    int run(ParseResult parsed) throws UsageException {
        Configuration configuration = Settings.of(
                parsed.matchedOptionValue("-D", List.<String>of()),
                Settings.confDir(parsed.matchedOptionValue("--config-dir", (String) null), environment));
        String size = parsed.matchedOptionValue("--for", (String) null);
        HostMemory host = size == null ? host() : container(size);
        boolean profile = isProfile(configuration);
        if (size != null && !profile) {
            configuration.set(TaskManagerOptions.TOTAL_PROCESS_MEMORY, new MemorySize(host.bytes()));
        }
        JvmShares shares = shares(configuration, host);
        out.println((profile ? "Weir's profile for " : "As configured, on ")
                + (host.isContainer() ? "a container of " : "a machine of ") + Bytes.text(host.bytes()) + ":");
        print(BudgetTree.of(shares));
        out.println("What that comes from:");
        print(BudgetTree.of(shares.taskManager()));
        JobManagerBudget jobManager = shares.jobManager();
        if (jobManager != null) {
            print(BudgetTree.of(jobManager));
        }
        out.println("JVM: " + String.join(" ", shares.flags()));
        return ExitCode.FINISHED;
    }

    private void print(BudgetTree tree) {
        Table table = new Table("BUDGET", "SIZE", "FROM");
        add(table, tree, "");
        table.print(out);
        out.println();
    }

    private static void add(Table table, BudgetTree tree, String indent) {
        table.add(
                indent + tree.name(),
                Bytes.text(tree.size().bytes()),
                tree.size().origin().text());
        tree.parts().forEach(part -> add(table, part, indent + "  "));
    }

    private static HostMemory container(String size) throws UsageException {
        try {
            return new HostMemory(MemorySize.parseBytes(size), true);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--for=" + size + " is not a size; write it as 4g", e);
        }
    }

    /** What a process may have here. */
    static HostMemory host() {
        return HostMemory.read(
                MemoryCommand::text, () -> ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                        .getTotalMemorySize());
    }

    /** A file of the kernel's, null where it cannot be read. */
    static @Nullable String text(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file) : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static boolean isProfile(Configuration configuration) throws UsageException {
        try {
            return MemoryBudgets.isProfile(configuration);
        } catch (IllegalConfigurationException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The division for a process that is started with the configuration. */
    static JvmShares shares(Configuration configuration, HostMemory host) throws UsageException {
        try {
            return MemoryBudgets.process(configuration, host);
        } catch (IllegalConfigurationException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }
}
