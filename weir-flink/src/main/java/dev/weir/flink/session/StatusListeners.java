package dev.weir.flink.session;

import java.util.List;
import java.util.concurrent.ForkJoinPool;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.DefaultJobExecutionStatusEvent;
import org.apache.flink.core.execution.JobStatusChangedListener;
import org.apache.flink.core.execution.JobStatusChangedListenerUtils;
import org.apache.flink.core.execution.JobStatusHook;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to hear of a job's states: the listeners of {@code execution.job-status-changed-listeners} and the hooks that
 * the job brings along. They are user code, called in the order of the changes by whoever makes them; what they throw is
 * logged. Callers see to it that calls do not overlap.
 */
final class StatusListeners {
    private static final Logger LOG = LoggerFactory.getLogger(StatusListeners.class);

    private final JobID jobId;
    private final String jobName;
    private final List<JobStatusChangedListener> listeners;
    private final List<JobStatusHook> hooks;

    /** Makes the listeners; those that cannot be made throw. */
    StatusListeners(JobGraph graph, Configuration configuration, ClassLoader userLoader) {
        jobId = graph.getJobID();
        jobName = graph.getName();
        listeners = JobStatusChangedListenerUtils.createJobStatusChangedListeners(
                userLoader, configuration, ForkJoinPool.commonPool());
        hooks = List.copyOf(graph.getJobStatusHooks());
    }

    /** @param cause why the job fails, where it does */
    void changed(JobStatus from, JobStatus to, @Nullable Throwable cause) {
        for (JobStatusHook hook : hooks) {
            try {
                tell(hook, to, cause);
            } catch (RuntimeException | Error e) {
                LOG.warn("status hook {} of job '{}' failed on {}", hook, jobName, to, e);
            }
        }
        if (from == JobStatus.INITIALIZING) {
            // as in Flink, whose listeners hear of changes only, and a job is created when they come into being
            return;
        }
        for (JobStatusChangedListener listener : listeners) {
            try {
                listener.onEvent(new DefaultJobExecutionStatusEvent(jobId, jobName, from, to, cause));
            } catch (RuntimeException | Error e) {
                LOG.warn("status listener {} of job '{}' failed on {}", listener, jobName, to, e);
            }
        }
    }

    private void tell(JobStatusHook hook, JobStatus to, @Nullable Throwable cause) {
        switch (to) {
            case CREATED -> hook.onCreated(jobId);
            case FINISHED -> hook.onFinished(jobId);
            case CANCELED -> hook.onCanceled(jobId);
            case FAILED -> hook.onFailed(jobId, cause);
            default -> {}
        }
    }
}
