package dev.weir.bench.checkpoint;

import dev.weir.bench.measure.Durations;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Fails a task of a job with keyed state some times, and prints one line: milliseconds from each failure to where all its
 * subtasks are past their first record. Entry of {@code bench/recovery}.
 */
public final class RecoveryBench {
    private RecoveryBench() {}

    /** Arguments: contender, megabytes, from local copies or not, failures, directory. */
    @SuppressWarnings("SystemOut") // a command
    public static void main(String[] args) throws Exception {
        String contender = args[0];
        int megabytes = Integer.parseInt(args[1]);
        boolean local = Boolean.parseBoolean(args[2]);
        long[] millis = new long[Integer.parseInt(args[3])];

        Configuration configuration = new Configuration()
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1))
                .set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMinutes(5))
                .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, args[4])
                .set(StateRecoveryOptions.LOCAL_RECOVERY, local)
                .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
                .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, Integer.MAX_VALUE)
                .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        StateJob.define(env, megabytes, 100, 0);
        JobClient job = env.executeAsync("recovery");
        // the sources begin at two places of the keys: by then each has been through all
        CheckpointBench.await(() -> StateJob.processed() >= 3 * StateJob.keys(megabytes));
        for (int i = 0; i < millis.length; i++) {
            // one that has begun with all keys, and has local copies by now
            Durations.clear();
            CheckpointBench.await(() -> Durations.sortedMillis().length > 0);
            millis[i] = Failures.failAndAwait();
        }
        Arrays.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "%-6s %5d MB %-12s ms from a task's failure to the first records: p50 %6d of %s%n",
                contender,
                megabytes,
                local ? "local copies" : "checkpoint",
                Durations.quantile(millis, 0.5),
                Arrays.toString(millis));
        job.cancel();
        // what an engine leaves behind must not keep the process
        System.exit(0);
    }
}
