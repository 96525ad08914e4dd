package dev.weir.server;

import dev.weir.client.WeirClusterClient;
import java.io.File;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.api.common.cache.DistributedCache.DistributedCacheEntry;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.WebOptions;
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
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.FileUtils;

/**
 * Takes a job as Flink's client sends it: the serialized plan, the jars that it needs and the files of its distributed cache.
 * Jars are kept as long as the job runs, the rest only until it has started. What is read here is code of whoever sends it.
 */
final class JobSubmission
        extends AbstractRestHandler<
                RestfulGateway, JobSubmitRequestBody, JobSubmitResponseBody, EmptyMessageParameters> {
    private final WeirClusterClient client;
    private final Path directory;

    /** @param directory below which each job has one for its jars */
    JobSubmission(RestfulGateway gateway, WeirClusterClient client, Configuration configuration, Path directory) {
        super(
                () -> CompletableFuture.completedFuture(gateway),
                configuration.get(WebOptions.TIMEOUT),
                Map.of(),
                JobSubmitHeaders.getInstance());
        this.client = client;
        this.directory = directory;
    }

    @Override
    protected CompletableFuture<JobSubmitResponseBody> handleRequest(
            HandlerRequest<JobSubmitRequestBody> request, RestfulGateway gateway) throws RestHandlerException {
        JobSubmitRequestBody body = request.getRequestBody();
        Map<String, Path> files = new HashMap<>();
        request.getUploadedFiles().forEach(file -> files.put(file.getName(), file.toPath()));
        ExecutionPlan plan = plan(file(files, String.valueOf(body.executionPlanFileName)));
        for (JobSubmitRequestBody.DistributedCacheFile cached : body.artifactFileNames) {
            cache(plan, cached.entryName, file(files, cached.fileName));
        }
        try {
            Path own = Files.createTempDirectory(Files.createDirectories(directory), "job-");
            return start(plan, jars(files, body.jarFileNames, own), own);
        } catch (IOException e) {
            throw new RestHandlerException(
                    "the jars cannot be kept: " + e.getMessage(), HttpResponseStatus.INTERNAL_SERVER_ERROR, e);
        }
    }

    private CompletableFuture<JobSubmitResponseBody> start(ExecutionPlan plan, List<URL> jars, Path own) {
        return client.submitJob(plan, jars).handle((job, failure) -> {
            if (failure != null) {
                FileUtils.deleteDirectoryQuietly(own.toFile());
                throw new CompletionException(new RestHandlerException(
                        "Failed to submit job.",
                        HttpResponseStatus.INTERNAL_SERVER_ERROR,
                        ExceptionUtils.stripCompletionException(failure)));
            }
            var unused = job.result().whenComplete((result, none) -> FileUtils.deleteDirectoryQuietly(own.toFile()));
            return new JobSubmitResponseBody("/jobs/" + job.jobId());
        });
    }

    private static ExecutionPlan plan(Path file) throws RestHandlerException {
        try (ObjectInputStream in = new ObjectInputStream(Files.newInputStream(file))) {
            return (ExecutionPlan) in.readObject();
        } catch (IOException | ClassNotFoundException | RuntimeException | LinkageError e) {
            throw new RestHandlerException("the plan cannot be read", HttpResponseStatus.BAD_REQUEST, e);
        }
    }

    /** The path that the plan names is one of the client's machine. */
    private static void cache(ExecutionPlan plan, String name, Path file) throws RestHandlerException {
        DistributedCacheEntry entry = plan.getUserArtifacts().get(name);
        if (entry == null) {
            throw missing(name);
        }
        plan.getUserArtifacts()
                .put(
                        name,
                        new DistributedCacheEntry(
                                file.toUri().toString(), Boolean.TRUE.equals(entry.isExecutable), entry.isZipped));
    }

    private static List<URL> jars(Map<String, Path> files, Collection<String> names, Path own)
            throws RestHandlerException, IOException {
        List<URL> jars = new ArrayList<>();
        for (String name : names) {
            Path jar = file(files, name);
            File kept = new File(own.toFile(), jar.toFile().getName());
            Files.move(jar, kept.toPath());
            jars.add(kept.toURI().toURL());
        }
        return jars;
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
