package dev.weir.client;

import dev.weir.flink.checkpoint.CheckpointLoader;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.accumulators.AccumulatorHelper;
import org.apache.flink.client.cli.ClientOptions;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.executiongraph.ArchivedExecutionGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.messages.Acknowledge;
import org.apache.flink.runtime.messages.FlinkJobNotFoundException;
import org.apache.flink.runtime.messages.FlinkJobTerminatedWithoutCancellationException;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.streaming.api.graph.ExecutionPlan;
import org.apache.flink.util.AbstractID;
import org.apache.flink.util.FlinkException;
import org.jspecify.annotations.Nullable;

/**
 * Flink's cluster client on a session in this process: submits jobs and answers for all jobs of the session, whoever
 * submitted them.
 *
 * <p>Thread-safe. No method blocks but {@link #shutDownCluster()}, which waits for the jobs. Futures fail as those of
 * Flink's own clients do, with {@link FlinkJobNotFoundException} for a job the session does not know.
 */
public final class WeirClusterClient implements ClusterClient<String> {
    private final String clusterId;
    private final WeirSession session;
    private final PlanSubmission submission;

    private WeirClusterClient(String clusterId, WeirSession session) {
        this.clusterId = clusterId;
        this.session = session;
        this.submission = new PlanSubmission(session);
    }

    /** A client of an open session, or nothing where no session has this id. */
    public static Optional<WeirClusterClient> of(String clusterId) {
        return OpenSessions.find(clusterId).map(session -> new WeirClusterClient(clusterId, session));
    }

    /** A client of a session that the caller has, whose lifetime stays his; it has no id. */
    public static WeirClusterClient of(WeirSession session) {
        return new WeirClusterClient("none", session);
    }

    @Override
    public String getClusterId() {
        return clusterId;
    }

    @Override
    public Configuration getFlinkConfiguration() {
        return new Configuration(session.configuration());
    }

    /** Nothing to do: a client holds no resources, and closing one does not end the session. */
    @Override
    public void close() {}

    @Override
    public void shutDownCluster() {
        OpenSessions.close(clusterId);
    }

    /** Opens the web interface where there is one to open; not a URL where there is none. */
    @Override
    public String getWebInterfaceURL() {
        return OpenSessions.webInterface(clusterId).orElse("none (session " + clusterId + " in this process)");
    }

    // ------------------------------------------------------------------ jobs

    /** Starts a StreamGraph or a JobGraph, with the context class loader unless the plan names jars of its own. */
    @Override
    public CompletableFuture<JobID> submitJob(ExecutionPlan executionPlan) {
        return submission.submit(executionPlan, null).thenApply(WeirJob::jobId);
    }

    /** The same with the user's class loader given. */
    CompletableFuture<JobID> submitJob(ExecutionPlan executionPlan, ClassLoader userLoader) {
        return submission.submit(executionPlan, userLoader).thenApply(WeirJob::jobId);
    }

    @Override
    public CompletableFuture<Collection<JobStatusMessage>> listJobs() {
        List<JobStatusMessage> all = new ArrayList<>();
        for (WeirJob job : session.jobs()) {
            all.add(new JobStatusMessage(job.jobId(), job.name(), job.status(), job.timestamp(JobStatus.INITIALIZING)));
        }
        return CompletableFuture.completedFuture(all);
    }

    @Override
    public CompletableFuture<JobStatus> getJobStatus(JobID jobId) {
        return ask(jobId, job -> CompletableFuture.completedFuture(job.status()));
    }

    @Override
    public CompletableFuture<JobResult> requestJobResult(JobID jobId) {
        return ask(jobId, job -> job.result().thenApply(result -> toJobResult(job, result)));
    }

    private static JobResult toJobResult(WeirJob job, WeirJob.Result result) {
        JobResult.Builder builder = new JobResult.Builder()
                .jobId(job.jobId())
                .jobName(job.name())
                .jobStatus(result.status())
                .netRuntime(Math.max(0, result.runtimeMillis()))
                .startTime(job.timestamp(JobStatus.INITIALIZING))
                .endTime(job.timestamp(result.status()))
                .accumulatorResults(result.accumulators());
        if (result.status() == JobStatus.FAILED) {
            builder.serializedThrowable(ExecutionGraphs.failureOf(result));
        }
        return builder.build();
    }

    /** Completes when cancelling has begun, as in Flink; {@link #requestJobResult} tells when the job has ended. */
    @Override
    public CompletableFuture<Acknowledge> cancel(JobID jobId) {
        return ask(jobId, job -> {
            JobStatus status = job.status();
            if (status.isGloballyTerminalState() && status != JobStatus.CANCELED) {
                return CompletableFuture.failedFuture(
                        new FlinkJobTerminatedWithoutCancellationException(jobId, status));
            }
            var unused = job.cancel();
            return CompletableFuture.completedFuture(Acknowledge.get());
        });
    }

    @Override
    public CompletableFuture<Map<String, Object>> getAccumulators(JobID jobId, ClassLoader loader) {
        return ask(jobId, job -> {
            try {
                return CompletableFuture.completedFuture(
                        AccumulatorHelper.deserializeAndUnwrapAccumulators(job.accumulators(), loader));
            } catch (IOException | ClassNotFoundException e) {
                return CompletableFuture.failedFuture(
                        new FlinkException("Cannot deserialize and unwrap accumulators properly.", e));
            }
        });
    }

    @Override
    public CompletableFuture<CoordinationResponse> sendCoordinationRequest(
            JobID jobId, String operatorUid, CoordinationRequest request) {
        return sendCoordinationRequest(jobId, operatorUid, request, ClientOptions.CLIENT_TIMEOUT);
    }

    /** The same with another option that says how long an answer is waited for. */
    public CompletableFuture<CoordinationResponse> sendCoordinationRequest(
            JobID jobId, String operatorUid, CoordinationRequest request, ConfigOption<Duration> timeout) {
        return ask(jobId, job -> job.request(operatorUid, request, timeout));
    }

    /** The state of a job and of all its subtasks at this moment; of a job that has ended, its last. */
    public CompletableFuture<ArchivedExecutionGraph> getExecutionGraph(JobID jobId) {
        return ask(
                jobId,
                job -> CompletableFuture.completedFuture(
                        ExecutionGraphs.of(job, ProcessLocation.id(session.configuration()))));
    }

    private <T> CompletableFuture<T> ask(JobID jobId, Function<WeirJob, CompletableFuture<T>> question) {
        Optional<WeirJob> job = session.find(jobId);
        if (job.isEmpty()) {
            return CompletableFuture.failedFuture(new FlinkJobNotFoundException(jobId));
        }
        try {
            return question.apply(job.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    // ------------------------------------------------------------------ checkpoints and savepoints

    @Override
    public CompletableFuture<Acknowledge> disposeSavepoint(String savepointPath) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                CheckpointLoader.dispose(savepointPath, Thread.currentThread().getContextClassLoader());
            } catch (IOException e) {
                throw new CompletionException(
                        new FlinkException("savepoint '" + savepointPath + "' is still there", e));
            }
            return Acknowledge.get();
        });
    }

    @Override
    public CompletableFuture<String> cancelWithSavepoint(
            JobID jobId, @Nullable String savepointDirectory, SavepointFormatType formatType) {
        return ask(jobId, job -> job.cancelWithSavepoint(savepointDirectory, formatType));
    }

    @Override
    public CompletableFuture<String> stopWithSavepoint(
            JobID jobId,
            boolean advanceToEndOfEventTime,
            @Nullable String savepointDirectory,
            SavepointFormatType formatType) {
        return ask(jobId, job -> job.stopWithSavepoint(advanceToEndOfEventTime, savepointDirectory, formatType));
    }

    /** There is no trigger id in this process to come back with: gives the path, as {@link #stopWithSavepoint} does. */
    @Override
    public CompletableFuture<String> stopWithDetachedSavepoint(
            JobID jobId,
            boolean advanceToEndOfEventTime,
            @Nullable String savepointDirectory,
            SavepointFormatType formatType) {
        return stopWithSavepoint(jobId, advanceToEndOfEventTime, savepointDirectory, formatType);
    }

    @Override
    public CompletableFuture<String> triggerSavepoint(
            JobID jobId, @Nullable String savepointDirectory, SavepointFormatType formatType) {
        return ask(jobId, job -> job.savepoint(savepointDirectory, formatType));
    }

    /** As {@link #stopWithDetachedSavepoint}: gives the path. */
    @Override
    public CompletableFuture<String> triggerDetachedSavepoint(
            JobID jobId, @Nullable String savepointDirectory, SavepointFormatType formatType) {
        return triggerSavepoint(jobId, savepointDirectory, formatType);
    }

    /** Gives the checkpoint's id when it is complete. */
    @Override
    public CompletableFuture<Long> triggerCheckpoint(JobID jobId, CheckpointType checkpointType) {
        return ask(jobId, job -> job.checkpoint(checkpointType == CheckpointType.FULL)
                .thenApply(location -> job.checkpoints().stream()
                        .flatMap(known -> known.history().stream())
                        .filter(checkpoint -> location.equals(checkpoint.location()))
                        .findFirst()
                        .orElseThrow(
                                () -> new IllegalStateException("nothing is known of the checkpoint at " + location))
                        .id()));
    }

    /** The same as the job is configured; gives the path. */
    public CompletableFuture<String> triggerCheckpoint(JobID jobId) {
        return ask(jobId, job -> job.checkpoint(false));
    }

    // ------------------------------------------------------------------ cached data sets, of which there are none

    @Override
    public CompletableFuture<Set<AbstractID>> listCompletedClusterDatasetIds() {
        return CompletableFuture.completedFuture(Set.of());
    }
}
