package dev.weir.flink.coordination;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.metrics.groups.OperatorCoordinatorMetricGroup;
import org.apache.flink.runtime.checkpoint.CheckpointCoordinator;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinatorStore;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.util.FlinkException;
import org.jspecify.annotations.Nullable;

/** What a coordinator may ask for. Thread-safe, as coordinators call it from threads of their own. */
final class CoordinatorContext implements OperatorCoordinator.Context {
    private final JobScope job;
    private final OperatorID operator;
    private final String vertexName;
    private final int parallelism;
    private final OperatorCoordinatorMetricGroup metrics;
    private final AtomicBoolean failed = new AtomicBoolean();

    /** What the coordinators of one job have in common. */
    record JobScope(
            JobID id,
            ClassLoader userLoader,
            CoordinatorStore store,
            Executor thread,
            Consumer<Throwable> failJob,
            BiConsumer<OperatorID, Boolean> backlog) {}

    CoordinatorContext(
            JobScope job,
            OperatorID operator,
            String vertexName,
            int parallelism,
            OperatorCoordinatorMetricGroup metrics) {
        this.job = job;
        this.operator = operator;
        this.vertexName = vertexName;
        this.parallelism = parallelism;
        this.metrics = metrics;
    }

    @Override
    public JobID getJobID() {
        return job.id();
    }

    @Override
    public OperatorID getOperatorId() {
        return operator;
    }

    @Override
    public OperatorCoordinatorMetricGroup metricGroup() {
        return metrics;
    }

    /** The first cause counts: a coordinator that has failed tends to fail again and again. */
    @Override
    public void failJob(Throwable cause) {
        if (failed.compareAndSet(false, true)) {
            FlinkException failure = new FlinkException(
                    "Global failure triggered by OperatorCoordinator for '" + vertexName + "' (operator " + operator
                            + ").",
                    cause);
            job.thread().execute(() -> job.failJob().accept(failure));
        }
    }

    /** The job begins anew: a failure counts again. */
    void resetFailed() {
        failed.set(false);
    }

    @Override
    public int currentParallelism() {
        return parallelism;
    }

    @Override
    public ClassLoader getUserCodeClassloader() {
        return job.userLoader();
    }

    @Override
    public CoordinatorStore getCoordinatorStore() {
        return job.store();
    }

    @Override
    public boolean isConcurrentExecutionAttemptsSupported() {
        return false;
    }

    /**
     * Null, as in Flink where checkpointing is off. Its one caller, the source coordinator's backlog report, tests for
     * that; {@link AttemptGateway} sees the same report on its way to the readers.
     */
    @Override
    public @Nullable CheckpointCoordinator getCheckpointCoordinator() {
        return null;
    }
}
