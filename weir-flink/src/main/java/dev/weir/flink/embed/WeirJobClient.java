package dev.weir.flink.embed;

import dev.weir.flink.session.WeirJob;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.accumulators.AccumulatorHelper;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationRequestGateway;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.util.OptionalFailure;
import org.apache.flink.util.SerializedValue;
import org.apache.flink.util.concurrent.FutureUtils;
import org.jspecify.annotations.Nullable;

/**
 * What {@code executeAsync} gives a program: Flink's {@link JobClient} on a {@link WeirJob}. Any thread may call it and no call
 * blocks. Results and failures have the types that Flink's own client gives them: {@link JobExecutionException} with the
 * user's exception in its cause chain, {@link JobCancellationException} for a cancelled job.
 */
public final class WeirJobClient implements JobClient, CoordinationRequestGateway {
    /** Flink's, whose class is in flink-clients. */
    private static final ConfigOption<Duration> TIMEOUT = ConfigOptions.key("client.timeout")
            .durationType()
            .defaultValue(Duration.ofSeconds(60))
            .withDeprecatedKeys("akka.client.timeout");

    private final WeirJob job;
    private final ClassLoader userLoader;
    private final CompletableFuture<WeirJob.Result> result;

    /** @param userLoader reads accumulators, whose classes may be the user's */
    public WeirJobClient(WeirJob job, ClassLoader userLoader) {
        this(job, userLoader, job.result());
    }

    /** @param result the job's result, completed no earlier than the job's own, when its resources are released too */
    WeirJobClient(WeirJob job, ClassLoader userLoader, CompletableFuture<WeirJob.Result> result) {
        this.job = job;
        this.userLoader = userLoader;
        this.result = result;
    }

    @Override
    public JobID getJobID() {
        return job.jobId();
    }

    @Override
    public CompletableFuture<JobStatus> getJobStatus() {
        return CompletableFuture.completedFuture(job.status());
    }

    /** Completes when the job has ended. */
    @Override
    public CompletableFuture<Void> cancel() {
        return job.cancel();
    }

    @Override
    public CompletableFuture<String> stopWithSavepoint(
            boolean advanceToEndOfEventTime, @Nullable String savepointDirectory, SavepointFormatType formatType) {
        return job.stopWithSavepoint(advanceToEndOfEventTime, savepointDirectory, formatType);
    }

    @Override
    public CompletableFuture<String> triggerSavepoint(
            @Nullable String savepointDirectory, SavepointFormatType formatType) {
        return job.savepoint(savepointDirectory, formatType);
    }

    /** Current values of a running job, final ones of an ended job; a failed job fails this too, as in Flink. */
    @Override
    public CompletableFuture<Map<String, Object>> getAccumulators() {
        if (result.isDone()) {
            return getJobExecutionResult().thenApply(JobExecutionResult::getAllAccumulatorResults);
        }
        Map<String, SerializedValue<OptionalFailure<Object>>> current = job.accumulators();
        try {
            return CompletableFuture.completedFuture(
                    AccumulatorHelper.deserializeAndUnwrapAccumulators(current, userLoader));
        } catch (Exception e) {
            return FutureUtils.completedExceptionally(e);
        }
    }

    @Override
    public CompletableFuture<JobExecutionResult> getJobExecutionResult() {
        return result.thenApply(ended -> {
            try {
                return toExecutionResult(ended);
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    @Override
    public CompletableFuture<CoordinationResponse> sendCoordinationRequest(
            String operatorUid, CoordinationRequest request) {
        return job.request(operatorUid, request, TIMEOUT);
    }

    private JobExecutionResult toExecutionResult(WeirJob.Result ended) throws Exception {
        return switch (ended.status()) {
            case FINISHED ->
                new JobExecutionResult(
                        job.jobId(),
                        ended.runtimeMillis(),
                        AccumulatorHelper.deserializeAccumulators(ended.accumulators(), userLoader));
            case FAILED -> throw new JobExecutionException(job.jobId(), "Job execution failed.", ended.failure());
            case CANCELED -> throw new JobCancellationException(job.jobId(), "Job was cancelled.", ended.failure());
            default ->
                throw new JobExecutionException(
                        job.jobId(), "Job completed with illegal status: " + ended.status() + '.', ended.failure());
        };
    }
}
