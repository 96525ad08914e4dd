package dev.weir.bench.checkpoint;

import dev.weir.bench.measure.Durations;
import dev.weir.bench.measure.Usage;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs one job with checkpoints of one kind, and prints one line: records a second and for each CPU second, how many
 * checkpoints and how long they took. Entry of {@code bench/checkpoints}.
 */
public final class CheckpointBench {
    private static final long WARM_UP_SECONDS = 5;
    private static final long POLL_MILLIS = 20;

    /** After the state is filled: the first ones still write what that changed. */
    private static final int CHECKPOINTS_SKIPPED = 2;

    private static final int CHECKPOINTS_MIN = 5;

    private CheckpointBench() {}

    private enum Mode {
        OFF,
        ALIGNED,
        UNALIGNED
    }

    /**
     * Arguments: contender, megabytes, percent of keys that change, mode, spin in nanoseconds, seconds, directory, and network
     * memory where it is not the default.
     */
    @SuppressWarnings("SystemOut") // a command
    public static void main(String[] args) throws Exception {
        String contender = args[0];
        int megabytes = Integer.parseInt(args[1]);
        int changed = Integer.parseInt(args[2]);
        Mode mode = Mode.valueOf(args[3].toUpperCase(Locale.ROOT));
        long spin = Long.parseLong(args[4]);
        long seconds = Long.parseLong(args[5]);

        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                configuration(mode, changed, args[6], args.length > 7 ? args[7] : ""));
        StateJob.define(env, megabytes, changed, spin);
        JobClient job = env.executeAsync("checkpoints");
        await(() -> StateJob.processed() >= StateJob.keys(megabytes));
        TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
        Durations.clear();
        await(() -> mode == Mode.OFF || Durations.sortedMillis().length >= CHECKPOINTS_SKIPPED);

        Durations.clear();
        long before = StateJob.processed();
        Usage start = Usage.now();
        TimeUnit.SECONDS.sleep(seconds);
        await(() -> mode == Mode.OFF || Durations.sortedMillis().length >= CHECKPOINTS_MIN);
        Usage end = Usage.now();
        long records = StateJob.processed() - before;
        long[] millis = Durations.sortedMillis();
        System.out.printf(
                Locale.ROOT,
                "%-6s %5d MB %3d%% %-9s spin %6d %4s: %9.0f records/s %9.0f records/CPU s, %3d checkpoints, ms p50 %6d p95 %6d%n",
                contender,
                megabytes,
                changed,
                mode.name().toLowerCase(Locale.ROOT),
                spin,
                args.length > 7 ? args[7] : "",
                records / ((end.wallNanos() - start.wallNanos()) / 1e9),
                records / ((end.cpuNanos() - start.cpuNanos()) / 1e9),
                millis.length,
                Durations.quantile(millis, 0.5),
                Durations.quantile(millis, 0.95));
        job.cancel();
        // what an engine leaves behind must not keep the process
        System.exit(0);
    }

    /** Incremental where few keys change; Flink's heap backend has no such checkpoints. */
    private static Configuration configuration(Mode mode, int changedPercent, String directory, String network) {
        Configuration configuration = new Configuration();
        if (!network.isEmpty()) {
            configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.parse(network));
            configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.parse(network));
        }
        if (mode != Mode.OFF) {
            configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1));
            configuration.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMinutes(5));
            configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory);
            configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, changedPercent < 100);
            configuration.set(CheckpointingOptions.ENABLE_UNALIGNED, mode == Mode.UNALIGNED);
        }
        return configuration;
    }

    /** What is waited for. */
    interface Condition {
        boolean holds();
    }

    static void await(Condition condition) throws InterruptedException {
        while (!condition.holds()) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }
}
