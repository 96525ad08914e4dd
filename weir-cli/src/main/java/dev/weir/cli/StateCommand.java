package dev.weir.cli;

import dev.weir.cli.LiveJobs.Found;
import dev.weir.cli.control.ControlException;
import dev.weir.cli.control.Views;
import dev.weir.cli.control.Views.LatestCheckpoint;
import dev.weir.flink.checkpoint.CheckpointLoader;
import dev.weir.flink.checkpoint.StoredCheckpoint;
import dev.weir.flink.metric.StateEstimate;
import dev.weir.flink.state.snapshot.StateSize;
import dev.weir.flink.state.snapshot.StateSizes;
import dev.weir.server.JobIntake;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code weir state}: how large each state of each operator is, counted in a savepoint or a checkpoint, the latest one of a job
 * that runs included. What is counted is read in this process; the job's goes on undisturbed.
 */
final class StateCommand {
    private static final int LARGEST_DEFAULT = 3;
    private static final int ATTEMPTS_MAX = 5;
    private static final int KEY_CHARACTERS_MAX = 60;
    private static final double MILLIS_PER_HOUR = 3_600_000;

    private final Map<String, String> environment;
    private final PrintStream out;

    StateCommand(Map<String, String> environment, PrintStream out) {
        this.environment = environment;
        this.out = out;
    }

    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("state");
        spec.usageMessage()
                .description(
                        "Prints how large each state is in a savepoint or checkpoint, Weir's or Flink's, or in the latest"
                                + " checkpoint of a running job.",
                        "")
                .customSynopsis("weir state [OPTIONS] JOB|PATH")
                .footer(
                        "",
                        "PATH has a slash in it or is there; else a JOB is meant, by its id, key or name.",
                        "Exit codes: 0 done, 1 not done, 2 bad usage.");
        CommandOptions.repeated(
                spec,
                "JAR",
                "Has the types of keys and values, where they are the program's own; repeatable. Of a JOB the jar is known.",
                "--jar");
        CommandOptions.option(
                spec, "PATH", "An earlier savepoint or checkpoint of the same job, for the growth since.", "--since");
        CommandOptions.option(spec, "N", "So many keys of each state that take most. Default: 3.", "--largest");
        CommandOptions.dataDir(spec);
        CommandOptions.help(spec);
        CommandOptions.arguments(spec);
        return spec;
    }

    int run(ParseResult parsed, Path data) throws UsageException, ControlException {
        FileSystems.initialise(Settings.load(Settings.confDir(null, environment)), environment);
        List<String> arguments = parsed.matchedPositionalValue(0, List.<String>of());
        if (arguments.size() != 1) {
            throw new UsageException("weir state needs a JOB or the PATH of a savepoint or checkpoint");
        }
        List<URL> jars = new ArrayList<>();
        for (String jar : parsed.matchedOptionValue("--jar", List.<String>of())) {
            jars.add(RunOptions.classpath(jar));
        }
        int largest = largest(parsed.matchedOptionValue("--largest", (String) null));
        String since = JobCommands.directory(parsed.matchedOptionValue("--since", (String) null));
        String given = arguments.get(0);
        if (given.contains("/") || new File(given).exists()) {
            print(String.valueOf(JobCommands.directory(given)), since, jars, largest);
        } else {
            ofJob(data, given, since, jars, largest);
        }
        return ExitCode.FINISHED;
    }

    private static int largest(@Nullable String given) throws UsageException {
        if (given == null) {
            return LARGEST_DEFAULT;
        }
        if (!given.matches("[0-9]{1,4}")) {
            throw new UsageException("--largest=" + given + " is no number from 0 to 9999");
        }
        return Integer.parseInt(given);
    }

    private void ofJob(Path data, String meant, @Nullable String since, List<URL> jars, int largest)
            throws UsageException, ControlException {
        Found found = LiveJobs.of(data).select(meant);
        estimates(found.process().states(found.job().id()).states());
        Views.Run run = found.process().run();
        List<URL> classes = new ArrayList<>(jars);
        if (run == null) {
            for (Path jar : JobIntake.jars(data, found.job().id())) {
                classes.add(RunOptions.classpath(jar.toString()));
            }
        } else {
            classes.add(RunOptions.classpath(run.jar()));
            for (String each : run.classpaths()) {
                classes.add(RunOptions.classpath(each));
            }
        }
        String location = latest(found);
        for (int attempt = 1; ; attempt++) {
            try {
                print(location, since, classes, largest);
                break;
            } catch (ControlException e) {
                // it goes when a later one is complete, perhaps while it is read
                String next = latest(LiveJobs.of(data).select(found.job().id()));
                if (next.equals(location) || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
                location = next;
            }
        }
        growth(found.process().checkpoints(found.job().id()));
    }

    private static String latest(Found found) throws ControlException {
        LatestCheckpoint latest = found.job().latestCheckpoint();
        String location = latest == null ? null : latest.location();
        if (location == null) {
            throw new ControlException("job " + found.job().id()
                    + " has no checkpoint yet, whose state could be counted; weir checkpoint takes one");
        }
        return location;
    }

    private void estimates(List<StateEstimate> states) {
        if (states.isEmpty()) {
            return;
        }
        out.println("Now, by estimate:");
        Table table = new Table("OPERATOR", "STATE", "ENTRIES", "SIZE", "PER ENTRY");
        for (StateEstimate state : states) {
            table.add(
                    state.operator(),
                    state.state(),
                    state.entries(),
                    CheckpointTables.bytes(state.bytes()),
                    perEntry(state.bytes(), state.entries()));
        }
        table.print(out);
        out.println();
    }

    private static String perEntry(long bytes, long entries) {
        return entries == 0 ? "-" : String.format(Locale.ROOT, "%.1f B", (double) bytes / entries);
    }

    /** Of the whole job, from what it has in its history. */
    private void growth(Views.Checkpoints checkpoints) {
        List<Views.Checkpoint> completed = checkpoints.history().stream()
                .filter(each -> each.status().equals("COMPLETED") && bytes(each, "fullBytes") >= 0)
                .sorted(Comparator.comparingLong(Views.Checkpoint::id))
                .toList();
        if (completed.isEmpty()) {
            return;
        }
        Views.Checkpoint first = completed.get(0);
        Views.Checkpoint last = completed.get(completed.size() - 1);
        out.println();
        out.println("Checkpoints " + first.id() + " to " + last.id() + ": the full size grew by "
                + perHour(
                        bytes(last, "fullBytes") - bytes(first, "fullBytes"),
                        last.triggerMillis() - first.triggerMillis())
                + ", a checkpoint wrote "
                + CheckpointTables.bytes((long) completed.stream()
                        .mapToLong(each -> bytes(each, "checkpointedBytes"))
                        .average()
                        .orElse(0))
                + " on average");
    }

    private static long bytes(Views.Checkpoint checkpoint, String measure) {
        return checkpoint.measures().getOrDefault(measure, -1L);
    }

    /** The sizes of a checkpoint's states, by operator, and when it was taken. */
    private record Counted(StoredCheckpoint checkpoint, long takenMillis, Map<String, List<StateSize>> sizes) {}

    private void print(String pointer, @Nullable String since, List<URL> jars, int largest) throws ControlException {
        Path scratch = scratch();
        try (URLClassLoader loader =
                new URLClassLoader(jars.toArray(URL[]::new), getClass().getClassLoader())) {
            Counted counted = count(pointer, loader, scratch, largest);
            Counted before = since == null ? null : count(since, loader, scratch, 0);
            out.println(counted.checkpoint() + ", "
                    + CheckpointTables.bytes(counted.checkpoint().stateBytes()) + " in "
                    + counted.checkpoint().files().size() + " files");
            sizes(counted, before);
            largest(counted);
        } catch (IOException e) {
            throw new ControlException("the state of " + pointer + " cannot be counted: " + e.getMessage(), e);
        } catch (RuntimeException | LinkageError e) {
            throw new ControlException(
                    "the state of " + pointer + " cannot be read, as where a type is the program's own: "
                            + e.getMessage() + "; --jar names the program's jar",
                    e);
        } finally {
            FileUtils.deleteDirectoryQuietly(scratch.toFile());
        }
    }

    private static Path scratch() throws ControlException {
        try {
            return Files.createTempDirectory("weir-state");
        } catch (IOException e) {
            throw new ControlException("no temporary directory can be made: " + e.getMessage(), e);
        }
    }

    private static Counted count(String pointer, ClassLoader loader, Path scratch, int largest) throws IOException {
        StoredCheckpoint checkpoint = CheckpointLoader.load(pointer, loader);
        Map<String, List<StateSize>> sizes = new HashMap<>();
        for (OperatorState operator : checkpoint.operators().values()) {
            sizes.put(operator.getOperatorID().toString(), StateSizes.of(operator, loader, scratch, largest));
        }
        long taken = checkpoint.triggeredMillis() > 0
                ? checkpoint.triggeredMillis()
                // which Flink's metadata does not tell
                : checkpoint
                        .metadata()
                        .getFileSystem()
                        .getFileStatus(checkpoint.metadata())
                        .getModificationTime();
        return new Counted(checkpoint, taken, sizes);
    }

    private record Row(String operatorId, String operator, StateSize size) {}

    private static List<Row> rows(Counted counted) {
        List<Row> rows = new ArrayList<>();
        for (OperatorState operator : counted.checkpoint().operators().values()) {
            String id = operator.getOperatorID().toString();
            String name =
                    operator.getOperatorName().or(operator::getOperatorUid).orElse(id);
            counted.sizes().getOrDefault(id, List.of()).forEach(size -> rows.add(new Row(id, name, size)));
        }
        rows.sort(Comparator.comparingLong((Row row) -> row.size().bytes()).reversed());
        return rows;
    }

    private void sizes(Counted counted, @Nullable Counted before) {
        Table table = new Table("OPERATOR", "STATE", "KIND", "KEYS", "ENTRIES", "SIZE", "PER ENTRY", "GROWTH");
        for (Row row : rows(counted)) {
            StateSize size = row.size();
            table.add(
                    row.operator(),
                    size.name(),
                    size.kind(),
                    size.keys() == 0 ? "-" : size.keys(),
                    size.entries(),
                    CheckpointTables.bytes(size.bytes()),
                    perEntry(size.bytes(), size.entries()),
                    before == null ? "-" : growth(row, counted, before));
        }
        table.print(out);
    }

    private static String growth(Row row, Counted counted, Counted before) {
        long then = before.sizes().getOrDefault(row.operatorId(), List.of()).stream()
                .filter(size -> size.name().equals(row.size().name()))
                .mapToLong(StateSize::bytes)
                .sum();
        return perHour(row.size().bytes() - then, counted.takenMillis() - before.takenMillis());
    }

    private static String perHour(long bytes, long millis) {
        if (millis <= 0) {
            return "-";
        }
        long perHour = (long) (bytes * MILLIS_PER_HOUR / millis);
        return (perHour < 0 ? "-" : "+") + CheckpointTables.bytes(Math.abs(perHour)) + "/h";
    }

    private void largest(Counted counted) {
        Table table = new Table("OPERATOR", "STATE", "LARGEST KEYS", "ENTRIES", "SIZE");
        boolean any = false;
        for (Row row : rows(counted)) {
            for (StateSize.OfKey key : row.size().largest()) {
                any = true;
                table.add(
                        row.operator(),
                        row.size().name(),
                        key.key().length() > KEY_CHARACTERS_MAX
                                ? key.key().substring(0, KEY_CHARACTERS_MAX) + "..."
                                : key.key(),
                        key.entries(),
                        CheckpointTables.bytes(key.bytes()));
            }
        }
        if (any) {
            out.println();
            table.print(out);
        }
    }
}
