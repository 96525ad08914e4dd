package dev.weir.flink.coordination;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphID;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.InternalOperatorCoordinatorMetricGroup;
import org.apache.flink.runtime.metrics.groups.JobManagerJobMetricGroup;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationRequestHandler;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.CoordinatorStoreImpl;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.SerializedValue;
import org.apache.flink.util.TemporaryClassLoaderContext;
import org.apache.flink.util.TimeUtils;
import org.apache.flink.util.concurrent.FutureUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator coordinators of one job, and the way to them and from them.
 *
 * <p>Thread-safe. Calls are queued and carried out one after the other on the job's coordination thread; only {@link
 * #start} and {@link #close} wait. The life cycle is {@code create, start, (subtaskReady | handleEvent | request |
 * subtaskFailed | subtaskFinished)*, close}. A coordinator that throws fails the job through the {@code failJob} given at
 * creation, which is called on the coordination thread.
 */
public final class JobCoordinators implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobCoordinators.class);

    /** How long {@link #close} waits for coordinators before their thread is interrupted, and again after that. */
    private static final Duration CLOSING_MAX = Duration.ofSeconds(10);

    private final Duration closingMax;
    private final String jobName;
    private final CoordinatorContext.JobScope job;
    private final CoordinationThread thread;
    private final AtomicReference<BiConsumer<OperatorID, Boolean>> backlog;
    private final Map<OperatorID, Hosted> coordinators = new LinkedHashMap<>();
    private final ExecutionGraphID graphId = new ExecutionGraphID();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** The attempts that run now. Coordination thread only. */
    private final Map<ExecutionVertexID, Attempt> attempts = new HashMap<>();

    private final Map<Long, CompletableFuture<CoordinationResponse>> unanswered = new ConcurrentHashMap<>();
    private final AtomicLong requests = new AtomicLong();

    private record Hosted(
            OperatorID operator,
            JobVertexID vertex,
            String vertexName,
            OperatorCoordinator coordinator,
            CoordinatorContext context,
            AtomicBoolean closed) {}

    private record Attempt(int number, List<AttemptGateway> gateways) {}

    private JobCoordinators(
            String jobName,
            CoordinatorContext.JobScope job,
            CoordinationThread thread,
            AtomicReference<BiConsumer<OperatorID, Boolean>> backlog,
            Duration closingMax) {
        this.jobName = jobName;
        this.job = job;
        this.thread = thread;
        this.backlog = backlog;
        this.closingMax = closingMax;
    }

    /**
     * Makes the coordinators of all vertices; none is started.
     *
     * @param parallelism of every vertex that has a coordinator, as it will run
     * @param userLoader resolves the user's classes
     * @param failJob called with the cause, on the coordination thread, perhaps before {@link #start} has returned
     * @throws JobException when a provider cannot be read or its coordinator cannot be made
     */
    public static JobCoordinators create(
            JobGraph graph,
            Map<JobVertexID, Integer> parallelism,
            ClassLoader userLoader,
            Consumer<Throwable> failJob,
            JobManagerJobMetricGroup metrics)
            throws JobException {
        return create(graph, parallelism, userLoader, failJob, metrics, CLOSING_MAX);
    }

    static JobCoordinators create(
            JobGraph graph,
            Map<JobVertexID, Integer> parallelism,
            ClassLoader userLoader,
            Consumer<Throwable> failJob,
            JobManagerJobMetricGroup metrics,
            Duration closingMax)
            throws JobException {
        CoordinationThread thread = new CoordinationThread(graph.getName());
        AtomicReference<BiConsumer<OperatorID, Boolean>> backlog =
                new AtomicReference<>((operator, isProcessing) -> {});
        CoordinatorContext.JobScope job = new CoordinatorContext.JobScope(
                graph.getJobID(),
                userLoader,
                new CoordinatorStoreImpl(),
                thread,
                failJob,
                (operator, isProcessing) -> backlog.get().accept(operator, isProcessing));
        JobCoordinators all = new JobCoordinators(graph.getName(), job, thread, backlog, closingMax);
        try (TemporaryClassLoaderContext ignored = TemporaryClassLoaderContext.of(userLoader)) {
            for (JobVertex vertex : graph.getVertices()) {
                for (SerializedValue<OperatorCoordinator.Provider> provider : vertex.getOperatorCoordinators()) {
                    all.add(
                            vertex,
                            provider,
                            parallelism.getOrDefault(vertex.getID(), vertex.getParallelism()),
                            metrics);
                }
            }
        } catch (JobException e) {
            all.close();
            throw e;
        }
        return all;
    }

    private void add(
            JobVertex vertex,
            SerializedValue<OperatorCoordinator.Provider> serialized,
            int parallelism,
            JobManagerJobMetricGroup metrics)
            throws JobException {
        try {
            OperatorCoordinator.Provider provider = serialized.deserializeValue(job.userLoader());
            OperatorID operator = provider.getOperatorId();
            InternalOperatorCoordinatorMetricGroup group = new InternalOperatorCoordinatorMetricGroup(
                    metrics.getOrAddOperator(vertex.getID(), vertex.getName(), operator, vertex.getName()));
            CoordinatorContext context = new CoordinatorContext(job, operator, vertex.getName(), parallelism, group);
            OperatorCoordinator coordinator = provider.create(context);
            coordinators.put(
                    operator,
                    new Hosted(operator, vertex.getID(), vertex.getName(), coordinator, context, new AtomicBoolean()));
        } catch (Exception | LinkageError e) {
            throw new JobException("Cannot instantiate the coordinator for operator " + vertex.getName(), e);
        }
    }

    /**
     * Whom to tell that a source begins or ends to work off a backlog; to be called before {@link #start}. Told on any
     * thread, as soon as a reader is; must not block.
     */
    public void reportBacklogTo(BiConsumer<OperatorID, Boolean> listener) {
        backlog.set(listener);
    }

    /**
     * Starts all coordinators and waits until they have started; to be called before any subtask runs.
     *
     * @throws FlinkRuntimeException when one did not start; all are closed then
     */
    public void start() {
        if (coordinators.isEmpty()) {
            return;
        }
        CompletableFuture<Void> started = CompletableFuture.runAsync(this::startAll, thread);
        try {
            started.get();
        } catch (ExecutionException e) {
            close();
            throw new FlinkRuntimeException("Failed to start the operator coordinators", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new FlinkRuntimeException("interrupted while the coordinators of job '" + jobName + "' started", e);
        }
    }

    private void startAll() {
        for (Hosted hosted : coordinators.values()) {
            try {
                hosted.coordinator().start();
            } catch (Exception e) {
                throw new FlinkRuntimeException("coordinator of operator '" + hosted.vertexName() + "'", e);
            }
        }
    }

    /**
     * An attempt of a subtask takes events from now on. To be called by the subtask before it opens its operators: what
     * these send finds the coordinator informed.
     */
    public void subtaskReady(JobVertexID vertex, int subtask, int attempt, SubtaskGateway gateway) {
        List<Hosted> hostedOfVertex = of(vertex);
        if (hostedOfVertex.isEmpty()) {
            return;
        }
        thread.execute(() -> {
            ExecutionVertexID subtaskId = new ExecutionVertexID(vertex, subtask);
            ExecutionAttemptID attemptId = new ExecutionAttemptID(graphId, subtaskId, attempt);
            List<AttemptGateway> gateways = new ArrayList<>();
            attempts.put(subtaskId, new Attempt(attempt, gateways));
            for (Hosted hosted : hostedOfVertex) {
                AttemptGateway toSubtask =
                        new AttemptGateway(job, hosted.operator(), attemptId, hosted.vertexName(), gateway);
                gateways.add(toSubtask);
                call("Error from OperatorCoordinator", () -> hosted.coordinator()
                        .executionAttemptReady(subtask, attempt, toSubtask));
            }
        });
    }

    /** An attempt failed, or was cancelled where there is no cause. */
    public void subtaskFailed(JobVertexID vertex, int subtask, int attempt, @Nullable Throwable cause) {
        List<Hosted> hostedOfVertex = of(vertex);
        if (hostedOfVertex.isEmpty()) {
            return;
        }
        thread.execute(() -> {
            if (end(vertex, subtask, attempt)) {
                for (Hosted hosted : hostedOfVertex) {
                    call("Error from OperatorCoordinator", () -> hosted.coordinator()
                            .executionAttemptFailed(subtask, attempt, cause));
                }
            }
        });
    }

    /** An attempt finished: it takes no more events. Coordinators do not hear of that, as in Flink. */
    public void subtaskFinished(JobVertexID vertex, int subtask, int attempt) {
        if (!of(vertex).isEmpty()) {
            thread.execute(() -> end(vertex, subtask, attempt));
        }
    }

    private boolean end(JobVertexID vertex, int subtask, int attempt) {
        ExecutionVertexID subtaskId = new ExecutionVertexID(vertex, subtask);
        Attempt current = attempts.get(subtaskId);
        if (current == null || current.number() != attempt) {
            return false;
        }
        attempts.remove(subtaskId);
        current.gateways().forEach(AttemptGateway::stop);
        return true;
    }

    /**
     * Takes an operator's event to its coordinator. The event is copied before this returns; an attempt that has ended
     * meanwhile is not heard.
     *
     * @throws FlinkRuntimeException when the event cannot be copied
     */
    public void handleEvent(OperatorID operator, int subtask, int attempt, OperatorEvent event) {
        Hosted hosted = coordinators.get(operator);
        if (hosted == null) {
            throw new FlinkRuntimeException("No coordinator registered for operator " + operator + "; event " + event);
        }
        OperatorEvent copy = copy(event);
        ExecutionVertexID subtaskId = new ExecutionVertexID(hosted.vertex(), subtask);
        thread.execute(() -> {
            Attempt current = attempts.get(subtaskId);
            if (current != null && current.number() == attempt) {
                call(null, () -> hosted.coordinator().handleEventFromOperator(subtask, attempt, copy));
            }
        });
    }

    private OperatorEvent copy(OperatorEvent event) {
        try {
            return new SerializedValue<>(event).deserializeValue(job.userLoader());
        } catch (IOException | ClassNotFoundException e) {
            throw new FlinkRuntimeException("Cannot serialize operator event", e);
        }
    }

    /**
     * Takes the snapshots of all coordinators. Each one's gateways are closed as it has given its own, until the subtask
     * has passed the barrier, see {@link #passed}.
     */
    public CompletableFuture<Map<OperatorID, byte[]>> checkpoint(long checkpointId) {
        Map<OperatorID, byte[]> snapshots = new ConcurrentHashMap<>();
        List<CompletableFuture<Void>> taken = new ArrayList<>();
        for (Hosted hosted : coordinators.values()) {
            taken.add(checkpoint(hosted, checkpointId).thenAccept(bytes -> snapshots.put(hosted.operator(), bytes)));
        }
        return CompletableFuture.allOf(taken.toArray(CompletableFuture[]::new)).thenApply(done -> snapshots);
    }

    private CompletableFuture<byte[]> checkpoint(Hosted hosted, long checkpointId) {
        CompletableFuture<byte[]> snapshot = new CompletableFuture<>();
        // queued as it completes, and so behind the events that were sent before, ahead of those sent after
        CompletableFuture<byte[]> closed = snapshot.thenApplyAsync(
                bytes -> {
                    gateways(hosted).forEach(gateway -> gateway.gate().close(checkpointId));
                    return bytes;
                },
                thread);
        thread.execute(() -> {
            gateways(hosted).forEach(gateway -> gateway.gate().announce(checkpointId));
            try {
                hosted.coordinator().checkpointCoordinator(checkpointId, snapshot);
            } catch (Throwable t) {
                snapshot.completeExceptionally(t);
                job.failJob().accept(t);
            }
        });
        return closed;
    }

    private List<AttemptGateway> gateways(Hosted hosted) {
        List<AttemptGateway> gateways = new ArrayList<>();
        attempts.forEach((subtask, attempt) -> {
            for (AttemptGateway gateway : attempt.gateways()) {
                if (gateway.operator().equals(hosted.operator())) {
                    gateways.add(gateway);
                }
            }
        });
        return gateways;
    }

    /** An attempt has passed the barrier of a checkpoint: it gets what was held back for it. */
    public void passed(JobVertexID vertex, int subtask, int attempt, long checkpointId) {
        if (of(vertex).isEmpty()) {
            return;
        }
        thread.execute(() -> {
            Attempt current = attempts.get(new ExecutionVertexID(vertex, subtask));
            if (current != null && current.number() == attempt) {
                current.gateways().forEach(gateway -> gateway.gate().open(checkpointId));
            }
        });
    }

    /** Tells the coordinators, and opens whatever gateway still waits for the checkpoint. */
    public void checkpointCompleted(long checkpointId) {
        afterCheckpoint(checkpointId, coordinator -> coordinator.notifyCheckpointComplete(checkpointId));
    }

    /** As {@link #checkpointCompleted}, for a checkpoint that was given up. */
    public void checkpointAborted(long checkpointId) {
        afterCheckpoint(checkpointId, coordinator -> coordinator.notifyCheckpointAborted(checkpointId));
    }

    private void afterCheckpoint(long checkpointId, Consumer<OperatorCoordinator> notification) {
        if (coordinators.isEmpty()) {
            return;
        }
        thread.execute(() -> {
            for (Attempt attempt : attempts.values()) {
                attempt.gateways().forEach(gateway -> gateway.gate().open(checkpointId));
            }
            for (Hosted hosted : coordinators.values()) {
                call("Error from OperatorCoordinator", () -> notification.accept(hosted.coordinator()));
            }
        });
    }

    /**
     * Sets all coordinators back, when no subtask runs. To be called before {@link #start} too where the job starts from
     * a checkpoint. Waits for it.
     *
     * @param checkpointId -1 where there is no checkpoint to go back to
     * @param states of the coordinators that have one in it
     * @throws FlinkException when one cannot be set back
     */
    public void reset(long checkpointId, Map<OperatorID, byte[]> states) throws FlinkException {
        onThread(checkpointId, () -> resetAll(checkpointId, states));
    }

    /**
     * Tells the coordinators that subtasks go back to a checkpoint and they themselves do not: a source's enumerator takes
     * back what it has assigned these since, and keeps what it knows. The way of a failed task, where {@link #reset} is that
     * of a failed coordinator, and of a checkpoint that is not the latest.
     *
     * @param subtasks none of which runs
     * @throws FlinkException when a coordinator cannot take it
     */
    public void resetSubtasks(long checkpointId, Set<ExecutionVertexID> subtasks) throws FlinkException {
        onThread(checkpointId, () -> resetOnThread(checkpointId, subtasks));
    }

    private void resetOnThread(long checkpointId, Set<ExecutionVertexID> subtasks) {
        subtasks.forEach(this::forget);
        for (Hosted hosted : coordinators.values()) {
            for (int subtask = 0; subtask < hosted.context().currentParallelism(); subtask++) {
                if (subtasks.contains(new ExecutionVertexID(hosted.vertex(), subtask))) {
                    hosted.coordinator().subtaskReset(subtask, checkpointId);
                }
            }
        }
    }

    private void onThread(long checkpointId, Runnable reset) throws FlinkException {
        if (coordinators.isEmpty()) {
            return;
        }
        try {
            CompletableFuture.runAsync(reset, thread).get();
        } catch (ExecutionException e) {
            throw new FlinkException(
                    "the operator coordinators cannot be set back to checkpoint " + checkpointId, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FlinkException("interrupted while the operator coordinators were set back", e);
        }
    }

    private void forget(ExecutionVertexID subtask) {
        Attempt attempt = attempts.remove(subtask);
        if (attempt != null) {
            attempt.gateways().forEach(AttemptGateway::stop);
        }
    }

    private void resetAll(long checkpointId, Map<OperatorID, byte[]> states) {
        List.copyOf(attempts.keySet()).forEach(this::forget);
        for (Hosted hosted : coordinators.values()) {
            try {
                hosted.context().resetFailed();
                hosted.coordinator().resetToCheckpoint(checkpointId, states.get(hosted.operator()));
            } catch (Exception e) {
                throw new FlinkRuntimeException("coordinator of operator '" + hosted.vertexName() + "'", e);
            }
        }
    }

    /**
     * Asks a coordinator on behalf of a client. The future fails where there is no such coordinator, or it takes no
     * requests, or the coordinators are closed before they could answer.
     */
    public CompletableFuture<CoordinationResponse> request(OperatorID operator, CoordinationRequest request) {
        Hosted hosted = coordinators.get(operator);
        if (hosted == null) {
            return CompletableFuture.failedFuture(
                    new FlinkException("Coordinator of operator " + operator + " does not exist"));
        }
        if (!(hosted.coordinator() instanceof CoordinationRequestHandler handler)) {
            return CompletableFuture.failedFuture(
                    new FlinkException("Coordinator of operator " + operator + " cannot handle client event"));
        }
        CompletableFuture<CoordinationResponse> response = new CompletableFuture<>();
        Long number = requests.getAndIncrement();
        unanswered.put(number, response);
        var unused = response.whenComplete((answer, failure) -> unanswered.remove(number));
        thread.execute(() -> forward(handler, request, response));
        if (closed.get()) {
            refuse(response);
        }
        return response;
    }

    /**
     * The same for somebody who does not wait for ever.
     *
     * @param timeout after which the future fails, unless it has been answered
     * @param option where that is set
     */
    public CompletableFuture<CoordinationResponse> request(
            OperatorID operator, CoordinationRequest request, Duration timeout, String option) {
        CompletableFuture<CoordinationResponse> response = request(operator, request);
        Hosted hosted = coordinators.get(operator);
        // not by the timer's thread, since whoever waits goes on in the one that tells him
        return FutureUtils.orTimeout(
                response,
                Math.max(1, timeout.toMillis()),
                TimeUnit.MILLISECONDS,
                ForkJoinPool.commonPool(),
                "the coordinator of '" + (hosted == null ? operator : hosted.vertexName()) + "' of job '" + jobName
                        + "' has not answered a request: waited longer than " + option + "="
                        + TimeUtils.formatWithHighestUnit(timeout));
    }

    private static void forward(
            CoordinationRequestHandler handler,
            CoordinationRequest request,
            CompletableFuture<CoordinationResponse> response) {
        try {
            FutureUtils.forward(handler.handleCoordinationRequest(request), response);
        } catch (RuntimeException e) {
            response.completeExceptionally(e);
        }
    }

    private void refuse(CompletableFuture<CoordinationResponse> response) {
        response.completeExceptionally(
                new FlinkException("job '" + jobName + "' has ended: its coordinators answer no more requests"));
    }

    /**
     * Closes the coordinators and ends the thread. Waits for that, but not for ever: a coordinator that blocks is
     * interrupted after ten seconds and given up after twenty. What source enumerators do on closing runs on threads of
     * its own, as in Flink, and may outlast this call. Idempotent; may be called on the coordination thread.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (thread.isCurrent()) {
            closeAll();
            thread.stop();
            return;
        }
        if (!coordinators.isEmpty()) {
            thread.execute(this::closeAll);
        }
        thread.stop();
        try {
            if (!thread.awaitEnd(closingMax)) {
                thread.stopNow();
                closeAfterInterrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeAfterInterrupt() throws InterruptedException {
        if (thread.awaitEnd(closingMax)) {
            closeAll();
        } else {
            LOG.warn("a coordinator of job '{}' does not return; its thread is left behind", jobName);
        }
    }

    private void closeAll() {
        for (Hosted hosted : coordinators.values()) {
            if (hosted.closed().compareAndSet(false, true)) {
                try {
                    hosted.coordinator().close();
                } catch (Exception | LinkageError e) {
                    LOG.debug("closing the coordinator of operator '{}' failed", hosted.vertexName(), e);
                }
            }
        }
        attempts.clear();
        unanswered.values().forEach(this::refuse);
    }

    private List<Hosted> of(JobVertexID vertex) {
        return coordinators.values().stream()
                .filter(hosted -> hosted.vertex().equals(vertex))
                .toList();
    }

    /** @param what describes the failure where Flink wraps it, null where it does not */
    private void call(@Nullable String what, Call call) {
        try {
            call.run();
        } catch (Throwable t) {
            job.failJob().accept(what == null ? t : new FlinkException(what, t));
        }
    }

    @FunctionalInterface
    private interface Call {
        void run() throws Exception;
    }
}
