package dev.weir.server;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.rest.handler.AbstractRestHandler;
import org.apache.flink.runtime.rest.handler.HandlerRequest;
import org.apache.flink.runtime.rest.handler.RestHandlerException;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.EmptyResponseBody;
import org.apache.flink.runtime.webmonitor.RestfulGateway;
import org.apache.flink.runtime.webmonitor.handlers.JarDeleteHeaders;
import org.apache.flink.runtime.webmonitor.handlers.JarDeleteMessageParameters;
import org.apache.flink.runtime.webmonitor.handlers.JarIdPathParameter;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;

/** Deletes an uploaded jar; jobs of it go on with their copies. Flink's own handler would take {@code ..} for a jar. */
final class JarDelete
        extends AbstractRestHandler<RestfulGateway, EmptyRequestBody, EmptyResponseBody, JarDeleteMessageParameters> {
    private final JarFolder jars;

    JarDelete(RestfulGateway gateway, JarFolder jars) {
        super(
                () -> CompletableFuture.completedFuture(gateway),
                jars.configuration().get(WebOptions.TIMEOUT),
                Map.of(),
                JarDeleteHeaders.getInstance());
        this.jars = jars;
    }

    @Override
    protected CompletableFuture<EmptyResponseBody> handleRequest(
            HandlerRequest<EmptyRequestBody> request, RestfulGateway gateway) throws RestHandlerException {
        String id = request.getPathParameter(JarIdPathParameter.class);
        try {
            Files.delete(jars.find(id));
        } catch (IOException e) {
            throw new RestHandlerException(
                    "Failed to delete jar " + id + ".", HttpResponseStatus.INTERNAL_SERVER_ERROR, e);
        }
        return CompletableFuture.completedFuture(EmptyResponseBody.getInstance());
    }
}
