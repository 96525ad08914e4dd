package dev.weir.client;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.client.DuplicateJobSubmissionException;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.graph.ExecutionPlan;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.function.SupplierWithException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands plans to a session, each with the class loader of the user's classes. Thread-safe. */
final class PlanSubmission {
    private static final Logger LOG = LoggerFactory.getLogger(PlanSubmission.class);

    private final WeirSession session;

    PlanSubmission(WeirSession session) {
        this.session = session;
    }

    /**
     * Starts a job. The future has completed when this returns; it fails with a {@link JobSubmissionException}.
     *
     * @param userLoader of the user's classes; null where it is to be made from the plan's own jars and class paths, or
     *     to be the context class loader where the plan has none
     */
    CompletableFuture<WeirJob> submit(ExecutionPlan plan, @Nullable ClassLoader userLoader) {
        return attempt(plan, () -> userLoader != null ? start(plan, userLoader) : startWithLoaderOfPlan(plan));
    }

    private CompletableFuture<WeirJob> attempt(
            ExecutionPlan plan, SupplierWithException<WeirJob, ? extends Exception> start) {
        if (plan instanceof StreamGraph graph && graph.getOptionalJobId().isEmpty()) {
            graph.setJobId(JobID.generate());
        }
        JobID id = plan.getJobID();
        Optional<WeirJob> known = session.find(id);
        if (known.isPresent()) {
            return CompletableFuture.failedFuture(
                    known.get().status().isGloballyTerminalState()
                            ? DuplicateJobSubmissionException.ofGloballyTerminated(id)
                            : DuplicateJobSubmissionException.of(id));
        }
        try {
            refuseWhatCannotRun(plan);
            return CompletableFuture.completedFuture(start.get());
        } catch (Exception | LinkageError e) {
            return CompletableFuture.failedFuture(new JobSubmissionException(id, "Failed to submit job.", e));
        }
    }

    private static void refuseWhatCannotRun(ExecutionPlan plan) throws FlinkException, IOException {
        if (plan.isEmpty()) {
            throw new FlinkException("the plan of job '" + plan.getName() + "' is empty: it has no operators");
        }
        if (!plan.getUserJarBlobKeys().isEmpty()) {
            throw new IOException("job '" + plan.getName() + "' names its jars by blobKeys=" + plan.getUserJarBlobKeys()
                    + " of a cluster's blob server, and there is none in this process; add the jars by their paths");
        }
    }

    private WeirJob start(ExecutionPlan plan, ClassLoader userLoader) throws FlinkException {
        if (plan instanceof StreamGraph streamGraph) {
            return session.submit(streamGraph, userLoader);
        }
        if (plan instanceof JobGraph jobGraph) {
            return session.submit(jobGraph, userLoader);
        }
        throw new FlinkException("a plan is a StreamGraph or a JobGraph, not a "
                + plan.getClass().getName());
    }

    private WeirJob startWithLoaderOfPlan(ExecutionPlan plan) throws FlinkException, MalformedURLException {
        if (plan.getUserJars().isEmpty() && plan.getClasspaths().isEmpty()) {
            return start(plan, parent());
        }
        List<URL> jars = new ArrayList<>();
        for (Path jar : plan.getUserJars()) {
            jars.add(jar.toUri().toURL());
        }
        return startWithLoader(plan, jars);
    }

    private static ClassLoader parent() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context != null ? context : PlanSubmission.class.getClassLoader();
    }

    private WeirJob startWithLoader(ExecutionPlan plan, List<URL> jars) throws FlinkException {
        URLClassLoader own =
                ClientUtils.buildUserCodeClassLoader(jars, plan.getClasspaths(), parent(), session.configuration());
        boolean started = false;
        try {
            WeirJob job = start(plan, own);
            started = true;
            var unused = job.result().whenComplete((result, failure) -> close(own, job.name()));
            return job;
        } finally {
            if (!started) {
                close(own, plan.getName());
            }
        }
    }

    private static void close(URLClassLoader loader, String jobName) {
        try {
            loader.close();
        } catch (IOException e) {
            LOG.warn("the class loader of job '{}' could not be closed; its jars stay open", jobName, e);
        }
    }
}
