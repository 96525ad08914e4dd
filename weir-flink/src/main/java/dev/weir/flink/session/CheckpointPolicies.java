package dev.weir.flink.session;

import dev.weir.engine.checkpoint.CheckpointPolicy;
import dev.weir.engine.checkpoint.CheckpointPolicy.Mode;
import dev.weir.engine.checkpoint.CheckpointPolicy.Retention;
import java.util.Random;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.tasks.CheckpointCoordinatorConfiguration;
import org.apache.flink.runtime.jobgraph.tasks.JobCheckpointingSettings;
import org.jspecify.annotations.Nullable;

/** When a job takes checkpoints, by what Flink has put into its graph. Stateless. */
final class CheckpointPolicies {

    private CheckpointPolicies() {}

    /** Null where the job can take none at all: it runs in batch mode. */
    static @Nullable CheckpointPolicy of(JobGraph graph, Configuration configuration) {
        JobCheckpointingSettings settings = graph.getCheckpointingSettings();
        if (settings == null) {
            return null;
        }
        CheckpointCoordinatorConfiguration job = settings.getCheckpointCoordinatorConfiguration();
        return new CheckpointPolicy(
                job.getCheckpointInterval(),
                job.getCheckpointIntervalDuringBacklog(),
                job.getMinPauseBetweenCheckpoints(),
                job.getCheckpointTimeout(),
                job.getMaxConcurrentCheckpoints(),
                tolerableFailures(job.getTolerableCheckpointFailureNumber()),
                configuration.get(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS),
                job.isExactlyOnce() ? Mode.EXACTLY_ONCE : Mode.AT_LEAST_ONCE,
                switch (job.getCheckpointRetentionPolicy()) {
                    case NEVER_RETAIN_AFTER_TERMINATION -> Retention.NEVER;
                    case RETAIN_ON_FAILURE -> Retention.ON_FAILURE;
                    case RETAIN_ON_CANCELLATION -> Retention.ON_CANCELLATION;
                },
                job.isUnalignedCheckpointsEnabled(),
                job.getAlignedCheckpointTimeout(),
                job.isEnableCheckpointsAfterTasksFinish());
    }

    /** After the first start; little where sources wait for the first checkpoint. */
    static long initialDelayMillis(JobGraph graph, CheckpointPolicy policy) {
        JobCheckpointingSettings settings = graph.getCheckpointingSettings();
        return policy.isPeriodic() && settings != null
                ? settings.getCheckpointCoordinatorConfiguration().getInitialTriggeringDelay()
                : policy.initialDelayMillis(new Random());
    }

    private static int tolerableFailures(int configured) {
        return configured == Integer.MAX_VALUE ? -1 : configured;
    }
}
