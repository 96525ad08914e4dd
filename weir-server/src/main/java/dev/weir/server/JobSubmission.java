package dev.weir.server;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.rest.handler.AbstractRestHandler;
import org.apache.flink.runtime.rest.handler.HandlerRequest;
import org.apache.flink.runtime.rest.handler.RestHandlerException;
import org.apache.flink.runtime.rest.messages.EmptyMessageParameters;
import org.apache.flink.runtime.rest.messages.job.JobSubmitHeaders;
import org.apache.flink.runtime.rest.messages.job.JobSubmitRequestBody;
import org.apache.flink.runtime.rest.messages.job.JobSubmitResponseBody;
import org.apache.flink.runtime.webmonitor.RestfulGateway;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.streaming.api.graph.ExecutionPlan;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FlinkException;

/**
 * Takes a job as Flink's client sends it: the serialized plan, the jars that it needs and the files of its distributed cache.
 * What is read here is code of whoever sends it.
 */
final class JobSubmission
        extends AbstractRestHandler<
                RestfulGateway, JobSubmitRequestBody, JobSubmitResponseBody, EmptyMessageParameters> {
    private final JobIntake intake;
    private final Executor executor;

    JobSubmission(RestfulGateway gateway, JobIntake intake, Configuration configuration, Executor executor) {
        super(
                () -> CompletableFuture.completedFuture(gateway),
                configuration.get(WebOptions.TIMEOUT),
                Map.of(),
                JobSubmitHeaders.getInstance());
        this.intake = intake;
        this.executor = executor;
    }

    @Override
    protected CompletableFuture<JobSubmitResponseBody> handleRequest(
            HandlerRequest<JobSubmitRequestBody> request, RestfulGateway gateway) throws RestHandlerException {
        JobSubmitRequestBody body = request.getRequestBody();
        Map<String, Path> files = new HashMap<>();
        request.getUploadedFiles().forEach(file -> files.put(file.getName(), file.toPath()));
        ExecutionPlan plan = plan(file(files, String.valueOf(body.executionPlanFileName)));
        Map<String, Path> cached = new HashMap<>();
        for (JobSubmitRequestBody.DistributedCacheFile each : body.artifactFileNames) {
            cached.put(each.entryName, file(files, each.fileName));
        }
        List<Path> jars = new ArrayList<>();
        for (String name : body.jarFileNames) {
            jars.add(file(files, name));
        }
        return CompletableFuture.supplyAsync(() -> take(plan, jars, cached), executor);
    }

    private JobSubmitResponseBody take(ExecutionPlan plan, List<Path> jars, Map<String, Path> cached) {
        try {
            JobID id = plan.getJobID();
            intake.take(id, loader -> graph(plan, loader), jars, plan.getClasspaths(), cached);
            return new JobSubmitResponseBody("/jobs/" + id);
        } catch (FlinkException | IOException | RuntimeException | LinkageError e) {
            throw new CompletionException(
                    new RestHandlerException("Failed to submit job.", HttpResponseStatus.INTERNAL_SERVER_ERROR, e));
        }
    }

    /** The user's functions come serialized in a plan that is not a job graph yet. */
    private static JobGraph graph(ExecutionPlan plan, ClassLoader loader) throws Exception {
        if (plan instanceof StreamGraph graph) {
            graph.deserializeUserDefinedInstances(loader, Runnable::run);
            return graph.getJobGraph(loader);
        }
        return (JobGraph) plan;
    }

    private static ExecutionPlan plan(Path file) throws RestHandlerException {
        try (ObjectInputStream in = new ObjectInputStream(Files.newInputStream(file))) {
            ExecutionPlan plan = (ExecutionPlan) in.readObject();
            if (plan instanceof StreamGraph graph && graph.getOptionalJobId().isEmpty()) {
                graph.setJobId(JobID.generate());
            }
            return plan;
        } catch (IOException | ClassNotFoundException | RuntimeException | LinkageError e) {
            throw new RestHandlerException("the plan cannot be read", HttpResponseStatus.BAD_REQUEST, e);
        }
    }

    /** Only what came with this request: names in it are keys and never paths. */
    private static Path file(Map<String, Path> files, String name) throws RestHandlerException {
        Path file = files.get(name);
        if (file == null) {
            throw missing(name);
        }
        return file;
    }

    private static RestHandlerException missing(String name) {
        return new RestHandlerException("the request has no file '" + name + "'", HttpResponseStatus.BAD_REQUEST);
    }
}
