package dev.weir.flink.embed;

import dev.weir.flink.session.WeirJob;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.util.concurrent.FutureUtils;

/** Hands pipelines to a session that others own. Thread-safe; {@code execute} returns when the job is started. */
public final class SubmittingExecutor implements PipelineExecutor {
    private final Configuration configuration;
    private final JobSubmission submission;

    /** @param configuration stands below that of each pipeline; not copied */
    public SubmittingExecutor(Configuration configuration, JobSubmission submission) {
        this.configuration = configuration;
        this.submission = submission;
    }

    /** Errors of preparation, translation and start fail the future, as in Flink. */
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
        try {
            WeirJob job = submission.submit(prepared.graph(), prepared.userLoader());
            CompletableFuture<?> unused = job.result().whenComplete((result, error) -> prepared.close());
            prepared.announce(effective);
            return CompletableFuture.completedFuture(new WeirJobClient(job, prepared.userLoader()));
        } catch (Exception | LinkageError e) {
            prepared.close();
            return FutureUtils.completedExceptionally(e);
        } catch (Error e) {
            prepared.close();
            throw e;
        }
    }
}
