package dev.weir.bench.large;

import dev.weir.bench.large.Updates.Access;
import dev.weir.bench.measure.Durations;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;

/**
 * Fills state in RocksDB, cancels the job with its incremental checkpoint retained, begins it again from there at the same and at
 * other parallelisms, and prints a line for each: milliseconds from the submission to where all subtasks with state are past
 * their first record. Entry of {@code bench/restore}.
 */
public final class RestoreBench {
    private static final AtomicInteger BEGUN = new AtomicInteger();
    private static final long POLL_MILLIS = 5;

    private RestoreBench() {}

    /** Arguments: contender, managed memory in megabytes, megabytes of state, rounds, directory; parallelisms, the first to fill with. */
    @SuppressWarnings("SystemOut") // a command
    public static void main(String[] args) throws Exception {
        int managed = Integer.parseInt(args[1]);
        int keys = Shape.PROFILE.keys(Integer.parseInt(args[2]));
        int rounds = Integer.parseInt(args[3]);
        int filledWith = Integer.parseInt(args[5]);

        JobClient job = LargeStateBench.define(
                        Shape.PROFILE, keys, Access.UNIFORM, false, configuration(managed, args[4]), filledWith)
                .executeAsync("fill");
        LargeStateBench.awaitRecords(keys);
        Durations.clear();
        while (Durations.sortedMillis().length == 0) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        LargeStateBench.end(job);
        String checkpoint = newestCheckpoint(Path.of(URI.create(args[4])));
        for (int round = 0; round < rounds; round++) {
            for (int i = 5; i < args.length; i++) {
                int parallelism = Integer.parseInt(args[i]);
                BEGUN.set(0);
                Configuration configuration =
                        configuration(managed, args[4]).set(StateRecoveryOptions.SAVEPOINT_PATH, checkpoint);
                long begun = System.nanoTime();
                job = LargeStateBench.define(Shape.PROFILE, keys, Access.UNIFORM, true, configuration, parallelism)
                        .executeAsync("restored");
                while (BEGUN.get() < parallelism) {
                    TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
                }
                System.out.printf(
                        Locale.ROOT,
                        "%-6s %5s MB, parallelism %d to %d: %6d ms to the first records%n",
                        args[0],
                        args[2],
                        filledWith,
                        parallelism,
                        (System.nanoTime() - begun) / 1_000_000);
                LargeStateBench.end(job);
            }
        }
        // what an engine leaves behind must not keep the process
        System.exit(0);
    }

    /** A subtask handles its first record, once all keys have had one. */
    static void firstRecord(boolean stateFound) {
        if (stateFound) {
            BEGUN.incrementAndGet();
        }
    }

    private static Configuration configuration(int managed, String directory) {
        return LargeStateBench.configuration("rocksdb", managed, directory)
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    }

    private static String newestCheckpoint(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().equals("_metadata"))
                    .map(Path::getParent)
                    .max(Comparator.comparingLong(
                            path -> Long.parseLong(path.getFileName().toString().replaceAll("\\D", ""))))
                    .orElseThrow(() -> new IOException("no checkpoint in " + directory))
                    .toUri()
                    .toString();
        }
    }
}
