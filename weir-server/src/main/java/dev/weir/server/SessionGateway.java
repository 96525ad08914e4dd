package dev.weir.server;

import dev.weir.client.ExecutionGraphs;
import dev.weir.client.WeirClusterClient;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.flink.api.common.ApplicationID;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.application.ArchivedApplication;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.dispatcher.TriggerSavepointMode;
import org.apache.flink.runtime.dispatcher.UnknownOperationKeyException;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.messages.Acknowledge;
import org.apache.flink.runtime.messages.FlinkApplicationNotFoundException;
import org.apache.flink.runtime.messages.FlinkJobNotFoundException;
import org.apache.flink.runtime.messages.webmonitor.ApplicationDetails;
import org.apache.flink.runtime.messages.webmonitor.ClusterOverview;
import org.apache.flink.runtime.messages.webmonitor.JobDetails;
import org.apache.flink.runtime.messages.webmonitor.JobsOverview;
import org.apache.flink.runtime.messages.webmonitor.MultipleApplicationsDetails;
import org.apache.flink.runtime.messages.webmonitor.MultipleJobsDetails;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.rest.handler.async.CompletedOperationCache;
import org.apache.flink.runtime.rest.handler.async.OperationResult;
import org.apache.flink.runtime.rest.handler.job.AsynchronousJobOperationKey;
import org.apache.flink.runtime.rest.messages.ThreadDumpInfo;
import org.apache.flink.runtime.scheduler.ExecutionGraphInfo;
import org.apache.flink.runtime.webmonitor.RestfulGateway;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.SerializedValue;
import org.jspecify.annotations.Nullable;

/**
 * What Flink's REST handlers ask of a dispatcher, answered by a session. Thread-safe; no method blocks. Operations that take
 * long are begun and asked for by their key, as long as {@code rest.async.store-duration} says.
 */
final class SessionGateway implements RestfulGateway {
    private final WeirSession session;
    private final WeirClusterClient client;
    private final RestSettings settings;
    private final ProcessView process;
    private final Consumer<JobID> cancelled;
    private final CompletedOperationCache<AsynchronousJobOperationKey, String> savepoints;
    private final CompletedOperationCache<AsynchronousJobOperationKey, Long> checkpoints;

    /** @param cancelled told of a job before it is cancelled by a request */
    SessionGateway(WeirSession session, RestSettings settings, ProcessView process, Consumer<JobID> cancelled) {
        this.session = session;
        this.client = WeirClusterClient.of(session);
        this.settings = settings;
        this.process = process;
        this.cancelled = cancelled;
        Duration kept = settings.configuration().get(RestOptions.ASYNC_OPERATION_STORE_DURATION);
        this.savepoints = new CompletedOperationCache<>(kept);
        this.checkpoints = new CompletedOperationCache<>(kept);
    }

    /** Takes no further operations; completes when somebody has come for the results of those that there were. */
    CompletableFuture<Void> closeAsync() {
        return CompletableFuture.allOf(savepoints.closeAsync(), checkpoints.closeAsync());
    }

    @Override
    public String getAddress() {
        return "weir";
    }

    @Override
    public String getHostname() {
        return "localhost";
    }

    // ------------------------------------------------------------------ jobs

    @Override
    public CompletableFuture<ExecutionGraphInfo> requestExecutionGraphInfo(JobID jobId, Duration timeout) {
        return session.find(jobId)
                .map(job -> CompletableFuture.completedFuture(ExecutionGraphs.info(job, process.id())))
                .orElseGet(() -> CompletableFuture.failedFuture(new FlinkJobNotFoundException(jobId)));
    }

    @Override
    public CompletableFuture<CheckpointStatsSnapshot> requestCheckpointStats(JobID jobId, Duration timeout) {
        return client.getExecutionGraph(jobId).thenApply(graph -> {
            CheckpointStatsSnapshot known = graph.getCheckpointStatsSnapshot();
            return known == null ? CheckpointStatsSnapshot.empty() : known;
        });
    }

    @Override
    public CompletableFuture<JobResult> requestJobResult(JobID jobId, Duration timeout) {
        return client.requestJobResult(jobId);
    }

    @Override
    public CompletableFuture<JobStatus> requestJobStatus(JobID jobId, Duration timeout) {
        return client.getJobStatus(jobId);
    }

    @Override
    public CompletableFuture<MultipleJobsDetails> requestMultipleJobDetails(Duration timeout) {
        List<JobDetails> details = session.jobs().stream()
                .map(job -> JobDetails.createDetailsForJob(ExecutionGraphs.info(job, process.id())))
                .toList();
        return CompletableFuture.completedFuture(new MultipleJobsDetails(details));
    }

    @Override
    public CompletableFuture<ClusterOverview> requestClusterOverview(Duration timeout) {
        List<JobStatus> states = session.jobs().stream().map(WeirJob::status).toList();
        return CompletableFuture.completedFuture(new ClusterOverview(process.resources(), JobsOverview.create(states)));
    }

    @Override
    public CompletableFuture<Acknowledge> cancelJob(JobID jobId, Duration timeout) {
        cancelled.accept(jobId);
        return client.cancel(jobId);
    }

    @Override
    public CompletableFuture<CoordinationResponse> deliverCoordinationRequestToCoordinator(
            JobID jobId, String operatorUid, SerializedValue<CoordinationRequest> request, Duration timeout) {
        try {
            return client.sendCoordinationRequest(
                    jobId, operatorUid, request.deserializeValue(getClass().getClassLoader()), WebOptions.TIMEOUT);
        } catch (IOException | ClassNotFoundException e) {
            return CompletableFuture.failedFuture(new FlinkException("the request cannot be read", e));
        }
    }

    // ------------------------------------------------------------------ checkpoints and savepoints

    @Override
    public CompletableFuture<Acknowledge> triggerCheckpoint(
            AsynchronousJobOperationKey key, CheckpointType type, Duration timeout) {
        return begin(checkpoints, key, () -> client.triggerCheckpoint(key.getJobId(), type));
    }

    @Override
    public CompletableFuture<OperationResult<Long>> getTriggeredCheckpointStatus(AsynchronousJobOperationKey key) {
        return status(checkpoints, key);
    }

    @Override
    public CompletableFuture<Acknowledge> triggerSavepoint(
            AsynchronousJobOperationKey key,
            String targetDirectory,
            SavepointFormatType format,
            TriggerSavepointMode mode,
            Duration timeout) {
        JobID job = key.getJobId();
        @Nullable String directory = directory(job, targetDirectory);
        if (mode != TriggerSavepointMode.CANCEL_WITH_SAVEPOINT) {
            return begin(savepoints, key, () -> client.triggerSavepoint(job, directory, format));
        }
        cancelled.accept(job);
        return begin(savepoints, key, () -> client.cancelWithSavepoint(job, directory, format));
    }

    @Override
    public CompletableFuture<Acknowledge> stopWithSavepoint(
            AsynchronousJobOperationKey key,
            String targetDirectory,
            SavepointFormatType format,
            TriggerSavepointMode mode,
            Duration timeout) {
        boolean drain = mode == TriggerSavepointMode.TERMINATE_WITH_SAVEPOINT;
        JobID job = key.getJobId();
        return begin(
                savepoints, key, () -> client.stopWithSavepoint(job, drain, directory(job, targetDirectory), format));
    }

    @Override
    public CompletableFuture<OperationResult<String>> getTriggeredSavepointStatus(AsynchronousJobOperationKey key) {
        return status(savepoints, key);
    }

    @Override
    public CompletableFuture<Acknowledge> disposeSavepoint(String savepointPath, Duration timeout) {
        return client.disposeSavepoint(savepointPath);
    }

    /** A request without a directory comes with the fallback: a job's own configuration goes before that. */
    private @Nullable String directory(JobID jobId, String target) {
        boolean ofJob = target.equals(settings.savepoints())
                && session.find(jobId)
                        .filter(job ->
                                job.jobGraph().getJobConfiguration().contains(CheckpointingOptions.SAVEPOINT_DIRECTORY))
                        .isPresent();
        return ofJob ? null : target;
    }

    /** Begins what has not begun: a client that has lost an answer asks again with the same key. */
    private static <R extends Serializable> CompletableFuture<Acknowledge> begin(
            CompletedOperationCache<AsynchronousJobOperationKey, R> operations,
            AsynchronousJobOperationKey key,
            Supplier<CompletableFuture<R>> operation) {
        synchronized (operations) {
            if (!operations.containsOperation(key)) {
                operations.registerOngoingOperation(key, operation.get());
            }
        }
        return CompletableFuture.completedFuture(Acknowledge.get());
    }

    private static <R extends Serializable> CompletableFuture<OperationResult<R>> status(
            CompletedOperationCache<AsynchronousJobOperationKey, R> operations, AsynchronousJobOperationKey key) {
        return operations
                .get(key)
                .map(CompletableFuture::completedFuture)
                .orElseGet(() -> CompletableFuture.failedFuture(new UnknownOperationKeyException(key)));
    }

    // ------------------------------------------------------------------ the process

    @Override
    public CompletableFuture<ThreadDumpInfo> requestThreadDump(Duration timeout) {
        return CompletableFuture.completedFuture(ThreadDumpInfo.dumpAndCreate(
                settings.configuration().get(ClusterOptions.THREAD_DUMP_STACKTRACE_MAX_DEPTH)));
    }

    /** The process lives as long as its program, which a client of the jobs does not end. */
    @Override
    public CompletableFuture<Acknowledge> shutDownCluster() {
        return CompletableFuture.failedFuture(
                new FlinkException("the process ends with its jobs: cancel them, or stop them with a savepoint"));
    }

    /** None: metrics of this process are read directly. */
    @Override
    public CompletableFuture<Collection<String>> requestMetricQueryServiceAddresses(Duration timeout) {
        return CompletableFuture.completedFuture(List.of());
    }

    /** None, as above. */
    @Override
    public CompletableFuture<Collection<Tuple2<ResourceID, String>>> requestTaskManagerMetricQueryServiceAddresses(
            Duration timeout) {
        return CompletableFuture.completedFuture(List.of());
    }

    // ------------------------------------------------------------------ applications

    @Override
    public CompletableFuture<MultipleApplicationsDetails> requestMultipleApplicationDetails(Duration timeout) {
        return CompletableFuture.completedFuture(new MultipleApplicationsDetails(Applications.of(session).stream()
                .map(ApplicationDetails::fromArchivedApplication)
                .toList()));
    }

    @Override
    public CompletableFuture<ArchivedApplication> requestApplication(ApplicationID applicationId, Duration timeout) {
        return Applications.of(session).stream()
                .filter(application -> application.getApplicationId().equals(applicationId))
                .findFirst()
                .map(CompletableFuture::completedFuture)
                .orElseGet(() -> CompletableFuture.failedFuture(new FlinkApplicationNotFoundException(applicationId)));
    }

    @Override
    public CompletableFuture<Acknowledge> cancelApplication(ApplicationID applicationId, Duration timeout) {
        return requestApplication(applicationId, timeout).thenApply(application -> {
            application.getJobs().keySet().forEach(job -> {
                if (session.find(job)
                        .filter(found -> !found.status().isGloballyTerminalState())
                        .isPresent()) {
                    CompletableFuture<Acknowledge> unused = cancelJob(job, timeout);
                }
            });
            return Acknowledge.get();
        });
    }
}
