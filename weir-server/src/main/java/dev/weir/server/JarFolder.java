package dev.weir.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.runtime.rest.handler.HandlerRequest;
import org.apache.flink.runtime.rest.handler.RestHandlerException;
import org.apache.flink.runtime.rest.handler.util.HandlerRequestUtils;
import org.apache.flink.runtime.rest.messages.MessageQueryParameter;
import org.apache.flink.runtime.webmonitor.handlers.EntryClassQueryParameter;
import org.apache.flink.runtime.webmonitor.handlers.JarIdPathParameter;
import org.apache.flink.runtime.webmonitor.handlers.JarRequestBody;
import org.apache.flink.runtime.webmonitor.handlers.ParallelismQueryParameter;
import org.apache.flink.runtime.webmonitor.handlers.ProgramArgQueryParameter;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * The uploaded jars, and how a request says that one of them is run. An id is compared with the names that are there: it is
 * never made a path. Thread-safe.
 *
 * @param directory flat; its files are {@code UUID_NAME.jar}
 * @param configuration below that of a request
 */
record JarFolder(Path directory, Configuration configuration) {
    /** Which program a request means. */
    record Meant(Path jar, @Nullable String mainClass, List<String> arguments, Configuration configuration) {}

    static JarFolder of(Path directory, Configuration process) {
        return new JarFolder(directory, JobIntake.forPrograms(process));
    }

    /** The jar of an id. */
    Path find(String id) throws RestHandlerException {
        try (Stream<Path> jars = Files.list(directory)) {
            return jars.filter(jar -> jar.getFileName().toString().equals(id) && id.endsWith(".jar"))
                    .findFirst()
                    .orElseThrow(() -> new RestHandlerException(
                            "File " + id + " does not exist in " + directory + ".", HttpResponseStatus.BAD_REQUEST));
        } catch (IOException e) {
            throw new RestHandlerException(
                    "the folder of jars cannot be read: " + e.getMessage(),
                    HttpResponseStatus.INTERNAL_SERVER_ERROR,
                    e);
        }
    }

    /** As Flink reads it: where neither the body nor the query says a parallelism, it is the request's default, else 1. */
    Meant meant(HandlerRequest<? extends JarRequestBody> request) throws RestHandlerException {
        JarRequestBody body = request.getRequestBody();
        Configuration effective = new Configuration(configuration);
        effective.addAll(body.getFlinkConfiguration());
        Integer parallelism = first(body.getParallelism(), request, ParallelismQueryParameter.class);
        effective.set(
                CoreOptions.DEFAULT_PARALLELISM,
                parallelism == null ? body.getFlinkConfiguration().get(CoreOptions.DEFAULT_PARALLELISM) : parallelism);
        if (body.getJobId() != null) {
            effective.set(
                    PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID,
                    body.getJobId().toHexString());
        }
        List<String> arguments = body.getProgramArgumentsList();
        return new Meant(
                find(request.getPathParameter(JarIdPathParameter.class)),
                first(emptyToNull(body.getEntryClassName()), request, EntryClassQueryParameter.class),
                arguments == null
                        ? new ArrayList<>(request.getQueryParameter(ProgramArgQueryParameter.class))
                        : arguments,
                effective);
    }

    /** What the body says, else the query; null where neither does. */
    static <T, P extends MessageQueryParameter<T>> @Nullable T first(
            @Nullable T inBody, HandlerRequest<?> request, Class<P> inQuery) throws RestHandlerException {
        return inBody == null ? HandlerRequestUtils.getQueryParameter(request, inQuery) : inBody;
    }

    static @Nullable String emptyToNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    /** For what a program is to blame for. */
    static CompletionException refused(String what, Throwable cause) {
        return new CompletionException(new RestHandlerException(what, HttpResponseStatus.BAD_REQUEST, cause));
    }
}
