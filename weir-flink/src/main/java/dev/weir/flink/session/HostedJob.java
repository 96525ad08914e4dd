package dev.weir.flink.session;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.JobOptions;
import dev.weir.engine.job.JobRun;
import dev.weir.engine.job.JobState;
import dev.weir.engine.job.NetworkAllotment;
import dev.weir.engine.jobstore.JobStore;
import dev.weir.flink.checkpoint.LocalCopies;
import dev.weir.flink.config.LegacyKeys;
import dev.weir.flink.diagnosis.JobDiagnosis;
import dev.weir.flink.memory.NetworkOptions;
import dev.weir.flink.metric.JobMetrics;
import dev.weir.flink.metric.StateEstimate;
import dev.weir.flink.metric.SubtaskLoad;
import dev.weir.flink.metric.SubtaskThread;
import dev.weir.flink.metric.VertexLoad;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.scheduler.stopwithsavepoint.StopWithSavepointStoppingException;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.OptionalFailure;
import org.apache.flink.util.SerializedValue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One job of a session: starts it, follows it, and lets go of everything when it ends. Thread-safe. */
final class HostedJob implements WeirJob {
    private static final Logger LOG = LoggerFactory.getLogger(HostedJob.class);

    private final JobGraph graph;
    private final Configuration configuration;
    private final @Nullable SlotPool pool;
    private final @Nullable JobStore store;
    private final Consumer<JobStatus> ending;
    private final @Nullable OutOfMemoryListener memory;
    private final JobMetrics metrics;
    private final SharedDiagnosis diagnosis;
    private final SubtaskHistory history = new SubtaskHistory();
    private final FailureHistory failures;
    private final Map<JobStatus, Long> timestamps = new EnumMap<>(JobStatus.class);
    private final KeptResult result;
    private JobStatus status = JobStatus.INITIALIZING;
    private @Nullable JobParts running;
    private volatile @Nullable Recovery recovery;
    private volatile Optional<CheckpointStatistics> statisticsAtEnd = Optional.empty();
    private @Nullable Failover failover;
    private @Nullable Throwable earlyFailure;
    private int restartsAtEnd;
    private AccumulatorTexts textsAtEnd = AccumulatorTexts.EMPTY;
    private boolean cancelRequested;
    private boolean suspending;

    /**
     * A job that has not started.
     *
     * @param pool of slots that the job has to take; null where it has as many, and all the memory, whatever others have
     * @param store keeps the job over processes; owned by the job once it has started. Null where there is none
     * @param ending told how the job ends, before anybody else can see it
     * @param memory told before anything is done about a failure for want of memory
     * @param metrics of the job; closed when it has ended, or when this throws
     * @param diagnosis says what holds the job up, when somebody asks
     */
    HostedJob(
            JobGraph graph,
            Configuration cluster,
            ClassLoader userLoader,
            @Nullable SlotPool pool,
            @Nullable JobStore store,
            Consumer<JobStatus> ending,
            @Nullable OutOfMemoryListener memory,
            JobMetrics metrics,
            JobDiagnosis diagnosis)
            throws FlinkException {
        this.graph = graph;
        this.pool = pool;
        this.store = store;
        this.ending = ending;
        this.memory = memory;
        this.metrics = metrics;
        this.diagnosis = new SharedDiagnosis(diagnosis);
        this.configuration = new Configuration(cluster);
        configuration.addAll(graph.getJobConfiguration());
        this.result = new KeptResult(userLoader);
        this.failures = new FailureHistory(cluster.get(WebOptions.MAX_EXCEPTION_HISTORY_SIZE));
        long now = System.currentTimeMillis();
        timestamps.put(JobStatus.INITIALIZING, now);
        metrics.entered(JobStatus.INITIALIZING, now);
        try {
            running = JobParts.of(graph, configuration, cluster, userLoader, pool, metrics, this::failFromOutside);
        } catch (IOException | ClassNotFoundException e) {
            throw new JobSubmissionException(graph.getJobID(), "the job's configuration cannot be read", e);
        } catch (JobException e) {
            throw new JobSubmissionException(graph.getJobID(), e.getMessage(), e);
        }
    }

    /** Runs the vertices' master hooks, restores what the job starts from, starts the coordinators and then the dataflow. */
    void start() throws FlinkException {
        JobParts job = current();
        if (pool != null) {
            takeSlots(job, pool);
        }
        NotYet.of(configuration).forEach(line -> LOG.warn("job '{}': {}", graph.getName(), line));
        LegacyKeys.in(configuration).forEach(line -> LOG.warn("job '{}': {}", graph.getName(), line));
        try {
            assignSlots(job);
            if (!job.quota().network().elastic()) {
                // before master hooks, which may clear what the job is to write
                NetworkOptions.check(
                        job.translation().dataflow(job.scope()), job.quota().network());
            }
            job.initializeVertices();
            Dataflow dataflow = job.translation().dataflow(job.scope());
            history.expect(dataflow);
            Recovery newRecovery = Recovery.of(
                    graph,
                    configuration,
                    dataflow,
                    job.translation(),
                    job.coordinators(),
                    job.states(),
                    job.loader().asClassLoader(),
                    store);
            recovery = newRecovery;
            if (newRecovery.restoreFirst(
                    graph.getSavepointRestoreSettings(),
                    configuration.get(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE))) {
                // state knows its number of key groups better
                dataflow = job.translation().dataflow(job.scope());
            }
            metrics.register(this::restarts, this::checkpoints);
            job.translation()
                    .vertices()
                    .forEach(vertex ->
                            metrics.expect(vertex.getID(), job.translation().parallelism(vertex)));
            job.coordinators().start();
            synchronized (this) {
                enter(JobStatus.CREATED, null);
                enter(JobStatus.RUNNING, null);
            }
            run(job, dataflow, newRecovery);
        } catch (Throwable e) {
            Recovery begun = recovery;
            if (begun != null) {
                begun.close();
            }
            if (store == null) {
                job.states().local().discard();
            }
            release(job);
            giveSlotsBack(job);
            result.complete(new Result(JobStatus.FAILED, e, 0, Map.of()));
            throw e instanceof FlinkException flink && !(e instanceof JobException)
                    ? flink
                    : new JobSubmissionException(
                            graph.getJobID(), "job '" + graph.getName() + "' cannot be started", e);
        }
    }

    private void takeSlots(JobParts job, SlotPool from) throws JobSubmissionException {
        try {
            from.take(graph.getName(), job.quota().slots());
        } catch (NoResourceAvailableException e) {
            release(job);
            result.complete(new Result(JobStatus.FAILED, e, 0, Map.of()));
            throw new JobSubmissionException(graph.getJobID(), e.getMessage(), e);
        }
    }

    private void giveSlotsBack(JobParts job) {
        if (pool != null) {
            pool.giveBack(job.quota().slots());
        }
    }

    private void assignSlots(JobParts job) throws JobException {
        Path own = store == null ? null : store.directory().resolve("local");
        LocalCopies local = LocalCopies.of(configuration, jobId().toHexString(), own);
        JobSlots slots = JobSlots.of(graph, job.translation(), configuration, own, local::isUsable);
        local.prepare(slots.all());
        job.states().attach(slots, local);
    }

    /** From here on the job ends by {@link #end} only. */
    private void run(JobParts job, Dataflow dataflow, Recovery from) {
        Failover started = new Failover(
                new Failover.Plan(
                        jobId(),
                        dataflow,
                        NetworkAllotment.of(dataflow, job.quota().network()),
                        Restarts.regional(configuration),
                        options(job),
                        job.restarts()),
                from,
                new JobWatch(from, failures, history, metrics, job.translation(), job.coordinators()),
                new Life(job, from));
        started.start();
        Throwable failure;
        boolean cancel;
        synchronized (this) {
            failover = started;
            failure = earlyFailure;
            cancel = cancelRequested;
        }
        // what was asked for before there was anything to ask
        if (failure != null) {
            started.failAll(failure);
        }
        if (cancel) {
            started.cancel();
        }
    }

    private JobOptions options(JobParts job) {
        return new JobOptions(
                configuration.get(TaskManagerOptions.TASK_CANCELLATION_INTERVAL),
                configuration.get(TaskManagerOptions.TASK_CANCELLATION_TIMEOUT),
                job.loader().asClassLoader());
    }

    private void failFromOutside(Throwable cause) {
        @Nullable Failover started;
        synchronized (this) {
            earlyFailure = earlyFailure == null ? cause : earlyFailure;
            started = failover;
        }
        if (started != null) {
            started.failAll(cause);
        }
    }

    /** No thread of the job is left, and there will be no other attempt. */
    private void end(JobParts job, Recovery from, JobRun.Outcome outcome) {
        boolean suspended;
        synchronized (this) {
            suspended = suspending && outcome.state() == JobState.CANCELED;
        }
        JobStatus last = suspended
                ? JobStatus.SUSPENDED
                : JobStatus.valueOf(outcome.state().name());
        @Nullable
        Throwable failure = outcome.failure() == null
                ? null
                : job.restarts().suppressed(outcome.failure(), named(outcome.failure(), outcome.failedSubtask()));
        Map<String, SerializedValue<OptionalFailure<Object>>> accumulators = Map.of();
        AccumulatorTexts texts = AccumulatorTexts.EMPTY;
        try {
            accumulators = JobAccumulators.merged(job.scope().accumulators());
            texts = JobAccumulators.texts(job.scope().accumulatorsBySubtask());
            if (last == JobStatus.FINISHED) {
                job.finalizeVertices();
            }
        } catch (Throwable t) {
            last = JobStatus.FAILED;
            failure = ExceptionUtils.firstOrSuppressed(t, failure);
        }
        Throwable cause = outcome.failure() == null ? failure : outcome.failure();
        if (last == JobStatus.FAILED && cause != null) {
            failures.add(System.currentTimeMillis(), null, cause);
        }
        failures.ended();
        // what a thread was given up for, another process can go on with
        JobStatus left = outcome.gaveUpThreads() && last == JobStatus.FAILED ? JobStatus.SUSPENDED : last;
        from.ended(left);
        if (store == null || left != JobStatus.SUSPENDED) {
            job.states().local().discard();
        }
        IOUtils.closeQuietly(store);
        try {
            release(job);
        } catch (Throwable t) {
            LOG.warn("job '{}' has ended, but not everything of it could be released", graph.getName(), t);
        }
        giveSlotsBack(job);
        try {
            ending.accept(last);
        } catch (Throwable t) {
            LOG.warn("job '{}' has ended, but it could not be noted", graph.getName(), t);
        }
        long runtimeMillis;
        synchronized (this) {
            enter(last, failure);
            running = null;
            // these know the user's classes
            statisticsAtEnd = from.statistics().map(result::kept);
            earlyFailure = null;
            recovery = null;
            textsAtEnd = texts;
            restartsAtEnd = failover == null ? 0 : failover.restarts();
            failover = null;
            long started = timestamps.getOrDefault(JobStatus.RUNNING, 0L);
            runtimeMillis = timestamps.getOrDefault(last, started) - started;
        }
        // outside the lock, since what depends on the result runs here
        result.complete(new Result(last, failure, runtimeMillis, accumulators));
    }

    private static String named(Throwable failure, @Nullable String subtask) {
        String printed = Restarts.printed(failure);
        return subtask == null ? printed : "subtask '" + subtask + "' failed: " + printed;
    }

    private void release(JobParts job) {
        job.coordinators().close();
        metrics.close();
        job.release();
    }

    /** Null where the job has ended. */
    private synchronized @Nullable JobParts parts() {
        return running;
    }

    private synchronized JobParts current() {
        if (running == null) {
            throw new IllegalStateException("job '" + graph.getName() + "' has ended");
        }
        return running;
    }

    private synchronized void enter(JobStatus next, @Nullable Throwable cause) {
        if (status.isTerminalState() || status == next) {
            return;
        }
        JobStatus last = status;
        status = next;
        long now = System.currentTimeMillis();
        timestamps.putIfAbsent(next, now);
        metrics.entered(next, now);
        if (running != null) {
            running.listeners().changed(last, next, cause);
        }
    }

    @Override
    public JobID jobId() {
        return graph.getJobID();
    }

    @Override
    public String name() {
        return graph.getName();
    }

    @Override
    public synchronized JobStatus status() {
        return status;
    }

    @Override
    public synchronized long timestamp(JobStatus of) {
        return timestamps.getOrDefault(of, 0L);
    }

    @Override
    public CompletableFuture<Result> result() {
        return result.future();
    }

    @Override
    public CompletableFuture<Void> cancel() {
        @Nullable Failover started;
        synchronized (this) {
            cancelRequested = true;
            started = failover;
        }
        if (started != null) {
            started.cancel();
        }
        return result().thenApply(ended -> null);
    }

    @Override
    public CompletableFuture<Void> suspend() {
        synchronized (this) {
            suspending = !cancelRequested;
        }
        return cancel();
    }

    @Override
    public Map<String, SerializedValue<OptionalFailure<Object>>> accumulators() {
        JobParts job = parts();
        return job == null
                ? result().join().accumulators()
                : JobAccumulators.merged(job.scope().accumulators());
    }

    long managedBytesInUse() {
        JobParts job = parts();
        return job == null ? 0 : job.scope().managedBytesInUse();
    }

    @Override
    public AccumulatorTexts accumulatorTexts() {
        JobParts job;
        synchronized (this) {
            job = running;
            if (job == null) {
                return textsAtEnd;
            }
        }
        return JobAccumulators.texts(job.scope().accumulatorsBySubtask());
    }

    @Override
    public CompletableFuture<CoordinationResponse> request(OperatorID operator, CoordinationRequest request) {
        JobParts job = parts();
        return job == null
                ? CompletableFuture.failedFuture(new FlinkException(
                        "job '" + graph.getName() + "' has ended, its coordinators take no requests"))
                : job.coordinators().request(operator, request);
    }

    @Override
    public CompletableFuture<CoordinationResponse> request(
            String operatorUid, CoordinationRequest request, ConfigOption<Duration> timeout) {
        JobParts job = parts();
        return job == null
                ? CompletableFuture.failedFuture(new FlinkException(
                        "job '" + graph.getName() + "' has ended, its coordinators take no requests"))
                : job.coordinators()
                        .request(
                                OperatorUids.find(graph, operatorUid),
                                request,
                                configuration.get(timeout),
                                timeout.key());
    }

    @Override
    public CompletableFuture<String> savepoint(@Nullable String targetDirectory, SavepointFormatType format) {
        return ask(recovery -> recovery.savepoint(PostCheckpointAction.NONE, targetDirectory, format));
    }

    @Override
    public CompletableFuture<String> stopWithSavepoint(
            boolean drain, @Nullable String targetDirectory, SavepointFormatType format) {
        Failover asked = present();
        int restartsBefore = asked == null ? 0 : asked.restarts();
        PostCheckpointAction action = drain ? PostCheckpointAction.TERMINATE : PostCheckpointAction.SUSPEND;
        return ask(recovery -> recovery.savepoint(action, targetDirectory, format))
                .thenCompose(location -> {
                    Failover stopping = present();
                    if (stopping != null) {
                        stopping.stopped(location, restartsBefore);
                    }
                    return result().thenApply(ended -> {
                        if (ended.status() != JobStatus.FINISHED) {
                            throw new CompletionException(
                                    new StopWithSavepointStoppingException(location, jobId(), ended.failure()));
                        }
                        return location;
                    });
                });
    }

    @Override
    public int restarts() {
        Failover present = present();
        return present == null ? restartsAtEnd : present.restarts();
    }

    private synchronized @Nullable Failover present() {
        return failover;
    }

    @Override
    public CompletableFuture<String> cancelWithSavepoint(@Nullable String targetDirectory, SavepointFormatType format) {
        return savepoint(targetDirectory, format).thenApply(location -> {
            CompletableFuture<Void> unused = cancel();
            return location;
        });
    }

    @Override
    public CompletableFuture<String> checkpoint(boolean full) {
        return ask(recovery -> recovery.checkpoint(full));
    }

    @Override
    public Optional<CheckpointStatistics> checkpoints() {
        Recovery present = recovery;
        return present == null ? statisticsAtEnd : present.statistics();
    }

    private CompletableFuture<String> ask(Function<Recovery, CompletableFuture<String>> question) {
        Recovery present = recovery;
        if (present == null || result.isComplete()) {
            return CompletableFuture.failedFuture(
                    new FlinkException("job '" + graph.getName() + "' does not run: status=" + status()));
        }
        return question.apply(present);
    }

    @Override
    public JobGraph jobGraph() {
        return graph;
    }

    @Override
    public List<SubtaskView> subtasks() {
        return new ArrayList<>(history.views());
    }

    @Override
    public List<VertexLoad> load() {
        Map<JobVertexID, List<SubtaskLoad>> loads = metrics.loads();
        return graph.getVerticesSortedTopologicallyFromSources().stream()
                .filter(vertex -> loads.containsKey(vertex.getID()))
                .map(vertex ->
                        new VertexLoad(vertex.getID(), vertex.getName(), loads.getOrDefault(vertex.getID(), List.of())))
                .toList();
    }

    @Override
    public List<StateEstimate> stateEstimates() {
        return metrics.stateEstimates();
    }

    @Override
    public List<SubtaskThread> threads() {
        return metrics.threads();
    }

    @Override
    public CompletableFuture<Diagnosis> diagnose() {
        return diagnosis.of(() -> new JobDiagnosis.Subject(graph, load(), threads(), checkpoints()));
    }

    @Override
    public List<Failure> failures() {
        return failures.oldestFirst();
    }

    private final class Life implements Failover.Listener {
        private final JobParts job;
        private final Recovery recoveryOfJob;

        Life(JobParts job, Recovery recoveryOfJob) {
            this.job = job;
            this.recoveryOfJob = recoveryOfJob;
        }

        @Override
        public void entering(JobStatus next, @Nullable Throwable cause) {
            OutOfMemoryError error = OutOfMemoryListener.in(cause);
            if (memory != null && error != null) {
                memory.outOfMemory(error, HostedJob.this);
            }
            enter(next, cause);
        }

        @Override
        public void failed(Throwable cause) {
            failures.add(System.currentTimeMillis(), null, cause);
        }

        @Override
        public void runAgain(Collection<Subtask> subtasks) {
            subtasks.forEach(subtask -> job.scope()
                    .splits()
                    .giveBack(job.translation().vertices().get(subtask.vertex()).getID(), subtask.index()));
        }

        @Override
        public void over(JobRun.Outcome outcome) {
            end(job, recoveryOfJob, outcome);
        }
    }
}
