package dev.weir.cli;

import dev.weir.engine.jobstore.JobStore;
import dev.weir.flink.embed.JobSubmission;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.runtime.checkpoint.CheckpointRetentionPolicy;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.tasks.JobCheckpointingSettings;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FlinkException;

/**
 * Submits a program's jobs such that the same command, given after the process has died or was suspended, goes on with them.
 * A job's identity is the program's key and its ordinal in the program. Jobs that take no checkpoints begin anew each time.
 * Thread-safe.
 */
final class DurableJobs implements JobSubmission {
    private final WeirSession session;
    private final Path data;
    private final String key;
    private final boolean fresh;
    private final PrintStream err;
    private final AtomicInteger submitted = new AtomicInteger();
    private final Map<JobID, String> keys = new ConcurrentHashMap<>();

    /**
     * @param data the data directory
     * @param key of the program; its jobs after the first have their number behind it
     * @param fresh whether to begin anew, whatever there is
     * @param err is told of jobs that cannot go on
     */
    DurableJobs(WeirSession session, Path data, String key, boolean fresh, PrintStream err) {
        this.session = session;
        this.data = data;
        this.key = key;
        this.fresh = fresh;
        this.err = err;
    }

    @Override
    public WeirJob submit(StreamGraph graph, ClassLoader userLoader) throws FlinkException {
        int ordinal = submitted.incrementAndGet();
        String jobKey = ordinal == 1 ? key : key + " #" + ordinal;
        JobGraph job = graph.getJobGraph(userLoader);
        JobCheckpointingSettings settings = job.getCheckpointingSettings();
        if (!CheckpointingOptions.isCheckpointingEnabled(job.getJobConfiguration()) || settings == null) {
            keys.put(job.getJobID(), jobKey);
            if (settings != null) {
                err.println("weir: job '" + job.getName()
                        + "' takes no checkpoints, a restart begins at zero; -D execution.checkpointing.interval=10s"
                        + " lets it go on from where it was");
            }
            return session.submit(job, userLoader);
        }
        JobStore store;
        try {
            store = JobStore.open(data, jobKey);
        } catch (IOException e) {
            throw new JobSubmissionException(job.getJobID(), e.getMessage(), e);
        }
        try {
            if (fresh) {
                // as if it had been cancelled
                store.ended(settings.getCheckpointCoordinatorConfiguration().getCheckpointRetentionPolicy()
                        == CheckpointRetentionPolicy.RETAIN_ON_CANCELLATION);
            }
            job.setJobID(JobID.fromHexString(store.record().jobId()));
            keys.put(job.getJobID(), jobKey);
        } catch (IOException e) {
            closeAfter(store, e);
            throw new JobSubmissionException(job.getJobID(), "the job store cannot be written: " + e.getMessage(), e);
        }
        return session.submit(job, userLoader, store);
    }

    /** What a job is known by: one that others have submitted by its id. */
    String key(JobID job) {
        return keys.getOrDefault(job, job.toHexString());
    }

    private static void closeAfter(JobStore store, IOException failure) {
        try {
            store.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
