package dev.weir.flink.metric;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.flink.state.Estimate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.executiongraph.IOMetrics;
import org.apache.flink.runtime.executiongraph.JobStatusListener;
import org.apache.flink.runtime.executiongraph.JobStatusProvider;
import org.apache.flink.runtime.executiongraph.metrics.DownTimeGauge;
import org.apache.flink.runtime.executiongraph.metrics.UpTimeGauge;
import org.apache.flink.runtime.jobgraph.JobType;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.metrics.MetricNames;
import org.apache.flink.runtime.metrics.NoOpMetricRegistry;
import org.apache.flink.runtime.metrics.groups.JobManagerJobMetricGroup;
import org.apache.flink.runtime.metrics.groups.JobManagerMetricGroup;
import org.apache.flink.runtime.metrics.groups.TaskManagerJobMetricGroup;
import org.apache.flink.runtime.metrics.groups.TaskManagerMetricGroup;
import org.apache.flink.runtime.metrics.groups.TaskMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.runtime.metrics.scope.ScopeFormat;
import org.apache.flink.runtime.scheduler.metrics.JobStatusMetrics;
import org.apache.flink.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of one job: what Flink's job master has of it, and what its task manager has. Thread-safe. Closed when the
 * job ends, which takes everything out of the registry that was registered below it, also by user code.
 */
public final class JobMetrics implements AutoCloseable {
    private final JobManagerMetricGroup jobManager;
    private final TaskManagerMetricGroup taskManager;
    private final JobManagerJobMetricGroup ofJobMaster;
    private final TaskManagerJobMetricGroup ofTasks;
    private final Configuration configuration;
    private final JobID id;
    private final boolean registered;
    private final @Nullable MetricCatalog catalog;
    private final Life life = new Life();
    private final Deployments deployments;
    private final Set<TaskMeters> running = ConcurrentHashMap.newKeySet();
    private final Map<Subtask, Counts> counts = new ConcurrentHashMap<>();

    private record Subtask(JobVertexID vertex, int index) {}

    private record Counts(int attempt, IOMetrics io) {}

    JobMetrics(
            Configuration configuration,
            JobManagerMetricGroup jobManager,
            TaskManagerMetricGroup taskManager,
            JobID id,
            String name,
            JobType type,
            @Nullable MetricCatalog catalog) {
        this.configuration = configuration;
        this.jobManager = jobManager;
        this.taskManager = taskManager;
        this.id = id;
        this.registered = catalog != null;
        this.catalog = catalog;
        this.deployments =
                new Deployments(type, MetricOptions.JobStatusMetricsSettings.fromConfiguration(configuration));
        this.ofJobMaster = jobManager.addJob(id, name);
        this.ofTasks = taskManager.addJob(id, name);
    }

    /** Groups that nobody reads, for a job that is run by itself. */
    public static JobMetrics unregistered(JobID id, String name) {
        return new JobMetrics(
                new Configuration(),
                JobManagerMetricGroup.createJobManagerMetricGroup(NoOpMetricRegistry.INSTANCE, "localhost"),
                TaskManagerMetricGroup.createTaskManagerMetricGroup(
                        NoOpMetricRegistry.INSTANCE, "localhost", new ResourceID("weir")),
                id,
                name,
                JobType.STREAMING,
                null);
    }

    /** The group that operator coordinators are below. */
    public JobManagerJobMetricGroup ofJobMaster() {
        return ofJobMaster;
    }

    /** Whether anybody can read the metrics. */
    public boolean isRegistered() {
        return registered;
    }

    /** The group of an attempt of a subtask; one that nobody reads when the job has ended. */
    public TaskMetricGroup task(ExecutionAttemptID attempt, String vertexName) {
        TaskMetricGroup group = ofTasks.addTask(attempt, vertexName);
        return group == null ? UnregisteredMetricGroups.createUnregisteredTaskMetricGroup() : group;
    }

    /**
     * Registers what is known of the job as a whole.
     *
     * @param restarts how often it was restarted
     * @param checkpoints what is known of its checkpoints at the moment
     */
    public void register(LongSupplier restarts, Supplier<Optional<CheckpointStatistics>> checkpoints) {
        ofJobMaster.gauge(DownTimeGauge.METRIC_NAME, new DownTimeGauge(life));
        ofJobMaster.gauge(UpTimeGauge.METRIC_NAME, new UpTimeGauge(life));
        Gauge<Long> restarted = restarts::getAsLong;
        ofJobMaster.gauge(MetricNames.NUM_RESTARTS, restarted);
        // the parallelism of a running job does not change
        Gauge<Long> rescaled = () -> 0L;
        ofJobMaster.gauge(MetricNames.NUM_RESCALES, rescaled);
        JobStatusMetrics times = new JobStatusMetrics(
                life.getStatusTimestamp(JobStatus.INITIALIZING),
                MetricOptions.JobStatusMetricsSettings.fromConfiguration(configuration));
        times.registerMetrics(ofJobMaster);
        life.tell(times);
        deployments.measures().forEach(measure -> measure.registerMetrics(ofJobMaster));
        CheckpointGauges.register(ofJobMaster, checkpoints);
    }

    /** The job has entered a state. */
    public void entered(JobStatus status, long epochMillis) {
        life.entered(id, status, epochMillis);
    }

    /** A subtask whose load is to be seen, until it {@link #ended}. */
    public void runs(TaskMeters subtask) {
        running.add(subtask);
    }

    /** The subtask runs no more; its group closes, and what it has counted stays known. */
    public void ended(TaskMeters subtask) {
        running.remove(subtask);
        ExecutionAttemptID attempt = subtask.group().executionId();
        counts.put(
                new Subtask(attempt.getJobVertexId(), attempt.getSubtaskIndex()),
                new Counts(attempt.getAttemptNumber(), subtask.counts()));
        subtask.ended();
        subtask.group().close();
    }

    /** What an attempt of a subtask has counted until it ended; null where it did not get to run, or is not the latest. */
    public @Nullable IOMetrics counts(JobVertexID vertex, int subtask, int attempt) {
        Counts latest = counts.get(new Subtask(vertex, subtask));
        return latest != null && latest.attempt() == attempt ? latest.io() : null;
    }

    /** What the running subtasks of each vertex do; vertices without any are left out. Sorted by subtask only. */
    public Map<JobVertexID, List<SubtaskLoad>> loads() {
        Map<JobVertexID, List<SubtaskLoad>> loads = new HashMap<>();
        for (TaskMeters each : running) {
            JobVertexID vertex = each.group().executionId().getJobVertexId();
            loads.computeIfAbsent(vertex, id -> new ArrayList<>()).add(each.load());
        }
        loads.values().forEach(subtasks -> subtasks.sort(Comparator.comparingInt(SubtaskLoad::index)));
        return loads;
    }

    /** What is estimated of the states of running subtasks. Largest first. */
    public List<StateEstimate> stateEstimates() {
        Map<List<String>, long[]> sums = new HashMap<>();
        List<MetricCatalog.Entry> entries = catalog == null ? List.of() : catalog.entries();
        for (MetricCatalog.Entry entry : entries) {
            Map<String, String> variables = entry.group().getAllVariables();
            if (entry.metric() instanceof Estimate estimate
                    && id.toString().equals(variables.get(ScopeFormat.SCOPE_JOB_ID))) {
                String operator = variables.getOrDefault(ScopeFormat.SCOPE_OPERATOR_NAME, "");
                long[] sum = sums.computeIfAbsent(List.of(operator, estimate.state()), none -> new long[2]);
                sum[estimate.isOfEntries() ? 0 : 1] += estimate.getValue();
            }
        }
        return sums.entrySet().stream()
                .map(sum -> new StateEstimate(
                        sum.getKey().get(0), sum.getKey().get(1), sum.getValue()[0], sum.getValue()[1]))
                .sorted(Comparator.comparingLong(StateEstimate::bytes).reversed())
                .toList();
    }

    /** The threads of the running subtasks. */
    public List<SubtaskThread> threads() {
        return running.stream().map(TaskMeters::thread).toList();
    }

    /** These subtasks are about to run. */
    public void expect(JobVertexID vertex, int parallelism) {
        for (int subtask = 0; subtask < parallelism; subtask++) {
            deployments.scheduled(vertex, subtask, 0);
        }
    }

    /** An attempt of a subtask has entered a state. */
    public void entered(JobVertexID vertex, int subtask, int attempt, ExecutionState state) {
        deployments.entered(vertex, subtask, attempt, state);
    }

    @Override
    public void close() {
        running.clear();
        taskManager.removeJobMetricsGroup(id);
        jobManager.localCleanupAsync(id, Executors.directExecutor()).join();
    }

    /** The states of the job, each with the time it was last entered. */
    private static final class Life implements JobStatusProvider {
        private final Map<JobStatus, Long> entered = new EnumMap<>(JobStatus.class);
        private JobStatus status = JobStatus.INITIALIZING;
        private JobStatusListener listener = (job, next, epochMillis) -> {};

        synchronized void tell(JobStatusListener told) {
            listener = told;
        }

        synchronized void entered(JobID job, JobStatus next, long epochMillis) {
            status = next;
            entered.put(next, epochMillis);
            listener.jobStatusChanges(job, next, epochMillis);
        }

        @Override
        public synchronized JobStatus getState() {
            return status;
        }

        @Override
        public synchronized long getStatusTimestamp(JobStatus of) {
            return entered.getOrDefault(of, 0L);
        }
    }
}
