package dev.weir.bench.large;

import dev.weir.bench.large.Updates.Access;
import dev.weir.bench.measure.Durations;
import dev.weir.bench.measure.Usage;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Runs one job with state in RocksDB, incremental checkpoints each second, and prints one line: records a second and for each
 * CPU second, how many checkpoints and how long they took. Entry of {@code bench/rocksdb}.
 */
public final class LargeStateBench {
    private static final int PARALLELISM = 2;
    private static final long POLL_MILLIS = 20;
    private static final long PROGRESS_MILLIS = 10_000;

    /** Before it is measured, for what may be kept in memory to be there. */
    private static final long WARM_UP_SECONDS = 15;

    private static final long END_SECONDS_MAX = 60;

    private LargeStateBench() {}

    /** Arguments: contender, shape, managed memory in megabytes, state as a multiple of it, access, backend, seconds, directory. */
    @SuppressWarnings("SystemOut") // a command
    public static void main(String[] args) throws Exception {
        String contender = args[0];
        Shape shape = Shape.valueOf(args[1].toUpperCase(Locale.ROOT));
        int managed = Integer.parseInt(args[2]);
        int keys = shape.keys(managed * Double.parseDouble(args[3]));
        Access access = Access.valueOf(args[4].toUpperCase(Locale.ROOT));
        long seconds = Long.parseLong(args[6]);

        JobClient job = define(shape, keys, access, false, configuration(args[5], managed, args[7]), PARALLELISM)
                .executeAsync("large");
        awaitRecords(keys);
        long filled = Durations.sortedMillis().length;
        TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
        while (Durations.sortedMillis().length == filled) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }

        Durations.clear();
        long before = Updates.made();
        Usage start = Usage.now();
        TimeUnit.SECONDS.sleep(seconds);
        Usage end = Usage.now();
        long records = Updates.made() - before;
        long[] millis = Durations.sortedMillis();
        System.out.printf(
                Locale.ROOT,
                "%-6s %-8s %5sx %-8s: %9.0f records/s %9.0f records/CPU s, %3d checkpoints, ms p50 %6d p95 %6d, resident %5d MB%n",
                contender,
                args[1],
                args[3],
                args[4],
                records / ((end.wallNanos() - start.wallNanos()) / 1e9),
                records / ((end.cpuNanos() - start.cpuNanos()) / 1e9),
                millis.length,
                Durations.quantile(millis, 0.5),
                Durations.quantile(millis, 0.95),
                Usage.peakResidentBytes() / 1_000_000);
        try {
            // threads of RocksDB that are at work when a process ends may crash it
            end(job);
        } catch (TimeoutException e) {
            System.err.println("the job has not ended");
        }
        // what an engine leaves behind must not keep the process
        System.exit(0);
    }

    /** Cancels a job and waits until it has ended. */
    static void end(JobClient job) throws Exception {
        job.cancel().get(END_SECONDS_MAX, TimeUnit.SECONDS);
        job.getJobExecutionResult().handle((none, cancelled) -> none).get(END_SECONDS_MAX, TimeUnit.SECONDS);
    }

    static StreamExecutionEnvironment define(
            Shape shape, int keys, Access access, boolean filled, Configuration configuration, int parallelism) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(parallelism);
        env.setMaxParallelism(128);
        shape.define(
                        env.fromSequence(0, Long.MAX_VALUE / 2)
                                .map(new Updates(keys, access, filled))
                                .uid("updates")
                                .assignTimestampsAndWatermarks(Shape.times(keys, parallelism))
                                .keyBy(update -> update.f0),
                        filled ? 0 : keys / parallelism)
                .sinkTo(new DiscardingSink<>());
        return env;
    }

    static Configuration configuration(String backend, int managedMegabytes, String directory) {
        return new Configuration()
                .set(StateBackendOptions.STATE_BACKEND, backend)
                .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(managedMegabytes))
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1))
                .set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMinutes(5))
                .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory)
                .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    }

    @SuppressWarnings("SystemOut") // a command
    static void awaitRecords(long records) throws InterruptedException {
        long told = System.currentTimeMillis();
        while (Updates.made() < records) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            if (System.currentTimeMillis() - told > PROGRESS_MILLIS) {
                told = System.currentTimeMillis();
                System.err.printf(Locale.ROOT, "filled %d of %d keys%n", Updates.made(), records);
            }
        }
    }
}
