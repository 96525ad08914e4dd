package dev.weir.flink.session;

import dev.weir.engine.diagnosis.StackSampler;
import dev.weir.engine.jobstore.JobStore;
import dev.weir.flink.diagnosis.JobDiagnosis;
import dev.weir.flink.metric.JobMetrics;
import dev.weir.flink.metric.SessionMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.io.FileOutputFormat;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.client.DuplicateJobSubmissionException;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * Runs jobs in this process: what a session cluster is in Flink. Ended jobs stay known to it for as long and as many as
 * {@code jobstore.expiration-time} and {@code jobstore.max-capacity} say. Thread-safe.
 */
public final class WeirSession implements AutoCloseable {
    private final Configuration configuration;
    private final @Nullable SlotPool pool;
    private volatile @Nullable OutOfMemoryListener memory;
    private final Map<JobID, HostedJob> jobs = new LinkedHashMap<>();
    private final SessionMetrics metrics;
    private final StackSampler stacks = new StackSampler();
    private final JobDiagnosis diagnosis = new JobDiagnosis(stacks);
    private boolean closed;

    /**
     * A session whose jobs do not look at each other: each has as many slots as it needs, and all of the memory.
     *
     * @param configuration the cluster's; a job's own configuration goes before it
     */
    public WeirSession(Configuration configuration) {
        this(configuration, null);
    }

    /**
     * A session whose jobs share the slots of the process, {@code taskmanager.numberOfTaskSlots}, and with them its managed and
     * network memory: a job that finds too few free is refused.
     */
    public static WeirSession withQuotas(Configuration configuration) {
        return new WeirSession(
                configuration, new SlotPool(Math.max(1, configuration.get(TaskManagerOptions.NUM_TASK_SLOTS))));
    }

    private WeirSession(Configuration configuration, @Nullable SlotPool pool) {
        this.pool = pool;
        this.configuration = new Configuration(configuration);
        // process-wide, as in Flink: whether files are overwritten where a program does not say
        FileOutputFormat.initDefaultsFromConfiguration(this.configuration);
        this.metrics = SessionMetrics.of(this.configuration);
        metrics.runningJobs(this::running);
        metrics.managedMemory(this::managedBytesInUse);
    }

    /** Whom to tell of tasks that are out of memory, in jobs that are submitted from now on. */
    public void tell(OutOfMemoryListener listener) {
        memory = listener;
    }

    public Configuration configuration() {
        return configuration;
    }

    /** The metrics of this process and of its jobs. */
    public SessionMetrics metrics() {
        return metrics;
    }

    /** Looks at the stacks of jobs' threads, for whoever asks. */
    public StackSampler stacks() {
        return stacks;
    }

    private int running() {
        return (int) jobs().stream()
                .filter(job -> !job.status().isGloballyTerminalState())
                .count();
    }

    private long managedBytesInUse() {
        List<HostedJob> all;
        synchronized (jobs) {
            all = List.copyOf(jobs.values());
        }
        return all.stream().mapToLong(HostedJob::managedBytesInUse).sum();
    }

    /** Translates and starts a job; the translation's errors are thrown here. May read files, does not wait for the job. */
    public WeirJob submit(StreamGraph graph, ClassLoader userLoader) throws FlinkException {
        return submit(graph.getJobGraph(userLoader), userLoader);
    }

    /** The same for a job graph. */
    public WeirJob submit(JobGraph graph, ClassLoader userLoader) throws FlinkException {
        return submit(graph, userLoader, null);
    }

    /**
     * The same for a job that outlives the process: it goes on from where the store says that it was, and the store is told
     * of its checkpoints and its end.
     *
     * @param store of the job, whose id the graph has; closed when the job has ended, or when this throws. Null: none
     */
    public WeirJob submit(JobGraph graph, ClassLoader userLoader, @Nullable JobStore store) throws FlinkException {
        return submit(graph, userLoader, store, status -> {});
    }

    /**
     * The same for a job that others keep.
     *
     * @param ending told how the job ends when nothing of it runs any more, before anybody else can see it
     */
    public WeirJob submit(JobGraph graph, ClassLoader userLoader, @Nullable JobStore store, Consumer<JobStatus> ending)
            throws FlinkException {
        try {
            return start(graph, userLoader, store, ending);
        } catch (FlinkException | RuntimeException | Error e) {
            IOUtils.closeQuietly(store);
            throw e;
        }
    }

    private WeirJob start(JobGraph graph, ClassLoader userLoader, @Nullable JobStore store, Consumer<JobStatus> ending)
            throws FlinkException {
        HostedJob job;
        synchronized (jobs) {
            if (closed) {
                throw new JobSubmissionException(graph.getJobID(), "the session is closed; open another");
            }
            HostedJob known = jobs.get(graph.getJobID());
            if (known != null) {
                throw known.status().isGloballyTerminalState()
                        ? DuplicateJobSubmissionException.ofGloballyTerminated(graph.getJobID())
                        : DuplicateJobSubmissionException.of(graph.getJobID());
            }
            forget();
            job = hosted(graph, userLoader, store, ending);
            jobs.put(graph.getJobID(), job);
        }
        try {
            job.start();
        } catch (FlinkException | RuntimeException e) {
            synchronized (jobs) {
                jobs.remove(graph.getJobID(), job);
            }
            throw e;
        }
        return job;
    }

    private HostedJob hosted(
            JobGraph graph, ClassLoader userLoader, @Nullable JobStore store, Consumer<JobStatus> ending)
            throws FlinkException {
        JobMetrics ofJob = metrics.job(graph.getJobID(), graph.getName(), graph.getJobType());
        try {
            return new HostedJob(graph, configuration, userLoader, pool, store, ending, memory, ofJob, diagnosis);
        } catch (FlinkException | RuntimeException | Error e) {
            ofJob.close();
            throw e;
        }
    }

    /** Lets go of ended jobs that are too old or too many. */
    private void forget() {
        long oldestMillis =
                System.currentTimeMillis() - 1000 * configuration.get(JobManagerOptions.JOB_STORE_EXPIRATION_TIME);
        List<HostedJob> ended = jobs.values().stream()
                .filter(job -> job.status().isGloballyTerminalState())
                .toList();
        int surplus = ended.size() - configuration.get(JobManagerOptions.JOB_STORE_MAX_CAPACITY);
        for (int i = 0; i < ended.size(); i++) {
            HostedJob job = ended.get(i);
            if (i < surplus || job.timestamp(job.status()) < oldestMillis) {
                jobs.remove(job.jobId());
            }
        }
    }

    public Optional<WeirJob> find(JobID id) {
        synchronized (jobs) {
            return Optional.ofNullable(jobs.get(id));
        }
    }

    /** In the order of submission. */
    public List<WeirJob> jobs() {
        synchronized (jobs) {
            return new ArrayList<>(jobs.values());
        }
    }

    /** Takes no further jobs and cancels those that run. Does not wait. */
    public void cancel() {
        end(WeirJob::cancel);
    }

    /** The same, but another process may go on with them. */
    public void suspend() {
        end(WeirJob::suspend);
    }

    private void end(Function<WeirJob, CompletableFuture<Void>> how) {
        synchronized (jobs) {
            closed = true;
        }
        for (WeirJob job : jobs()) {
            CompletableFuture<Void> unused = how.apply(job);
        }
    }

    /** Cancels what still runs and waits for it. */
    @Override
    public void close() {
        cancel();
        for (WeirJob job : jobs()) {
            job.result().join();
        }
        stacks.close();
        metrics.close();
    }
}
