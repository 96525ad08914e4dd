package dev.weir.flink.embed;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.concurrent.FutureUtils;

/** Runs each job in a session of its own, which is released before the job's result is handed out. */
final class SessionPerJobExecutor implements PipelineExecutor {
    private final Configuration configuration;

    SessionPerJobExecutor(Configuration configuration) {
        this.configuration = configuration;
    }

    @Override
    public CompletableFuture<JobClient> execute(
            Pipeline pipeline, Configuration jobConfiguration, ClassLoader givenLoader) {
        Configuration effective = new Configuration(configuration);
        effective.addAll(jobConfiguration);
        PreparedPipeline prepared;
        try {
            prepared = PreparedPipeline.of(pipeline, effective, givenLoader);
        } catch (Exception e) {
            return FutureUtils.completedExceptionally(e);
        }
        WeirSession session = new WeirSession(effective);
        try {
            WeirJob job = session.submit(prepared.graph(), prepared.userLoader());
            prepared.announce(effective);
            CompletableFuture<WeirJob.Result> released = new CompletableFuture<>();
            CompletableFuture<?> unused =
                    job.result().whenComplete((result, error) -> release(session, prepared, result, error, released));
            return CompletableFuture.completedFuture(new WeirJobClient(job, prepared.userLoader(), released));
        } catch (Exception | LinkageError e) {
            session.close();
            prepared.close();
            return FutureUtils.completedExceptionally(e);
        }
    }

    /** On a thread of its own: the result may arrive on a thread that closing the session waits for. */
    private static void release(
            WeirSession session,
            PreparedPipeline prepared,
            WeirJob.Result result,
            Throwable error,
            CompletableFuture<WeirJob.Result> released) {
        StreamGraph graph = prepared.graph();
        Thread closer = new Thread(
                () -> {
                    try {
                        session.close();
                        prepared.close();
                    } finally {
                        if (error == null) {
                            released.complete(result);
                        } else {
                            released.completeExceptionally(error);
                        }
                    }
                },
                "weir-release-" + graph.getJobName());
        closer.setDaemon(true);
        // The thread is started from the job's: without this it would hold on to the user's class loader.
        closer.setContextClassLoader(SessionPerJobExecutor.class.getClassLoader());
        closer.start();
    }
}
