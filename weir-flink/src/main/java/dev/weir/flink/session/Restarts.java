package dev.weir.flink.session;

import java.util.OptionalLong;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler;
import org.apache.flink.runtime.executiongraph.failover.ExponentialDelayRestartBackoffTimeStrategy;
import org.apache.flink.runtime.executiongraph.failover.FailoverStrategyFactoryLoader;
import org.apache.flink.runtime.executiongraph.failover.RestartBackoffTimeStrategy;
import org.apache.flink.runtime.executiongraph.failover.RestartBackoffTimeStrategyFactoryLoader;
import org.apache.flink.runtime.executiongraph.failover.RestartPipelinedRegionFailoverStrategy;

/** Whether and when a job that has failed runs again, by Flink's restart strategies. Guarded by its owner. */
final class Restarts {
    private final RestartBackoffTimeStrategy strategy;

    /** @param checkpointing whether the job takes checkpoints, in which case it restarts unless told otherwise */
    Restarts(Configuration job, Configuration cluster, boolean checkpointing) {
        this(job, cluster, checkpointing, System::currentTimeMillis, new Random());
    }

    /** The same in a time and with a chance of its own, where Flink's strategy allows that. */
    Restarts(
            Configuration job,
            Configuration cluster,
            boolean checkpointing,
            LongSupplier epochMillis,
            RandomGenerator random) {
        RestartBackoffTimeStrategy flinks =
                RestartBackoffTimeStrategyFactoryLoader.createRestartBackoffTimeStrategyFactory(
                                job, cluster, checkpointing)
                        .create();
        strategy = flinks instanceof ExponentialDelayRestartBackoffTimeStrategy growing
                ? new GrowingDelay(growing, epochMillis, random)
                : flinks;
    }

    /**
     * Whether a failed task takes only its region along, by {@code jobmanager.execution.failover-strategy}.
     *
     * @throws IllegalConfigurationException when it names neither of Flink's two
     */
    static boolean regional(Configuration configuration) {
        return FailoverStrategyFactoryLoader.loadFailoverStrategyFactory(configuration)
                instanceof RestartPipelinedRegionFailoverStrategy.Factory;
    }

    /** The wait before the next attempt; empty where there is to be none. */
    OptionalLong delayMillis(Throwable failure) {
        if (ExecutionFailureHandler.isUnrecoverableError(failure)) {
            return OptionalLong.empty();
        }
        strategy.notifyFailure(failure);
        return strategy.canRestart() ? OptionalLong.of(strategy.getBackoffTime()) : OptionalLong.empty();
    }

    /** A failure for people, whatever its own code does when asked. */
    static String printed(Throwable failure) {
        try {
            return failure.toString();
        } catch (RuntimeException | LinkageError e) {
            return failure.getClass().getName();
        }
    }

    /** Why the job fails, in Flink's words. */
    JobException suppressed(Throwable failure, String what) {
        String why = ExecutionFailureHandler.isUnrecoverableError(failure)
                ? "The failure is not recoverable"
                : "Recovery is suppressed by " + strategy;
        return new JobException(what.isEmpty() ? why : why + "; " + what, failure);
    }
}
