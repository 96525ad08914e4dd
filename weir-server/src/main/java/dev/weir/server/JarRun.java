package dev.weir.server;

import dev.weir.flink.program.Program;
import dev.weir.flink.program.ProgramException;
import dev.weir.flink.session.WeirJob;
import java.io.IOException;
import java.net.URL;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.ConfigUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.rest.handler.AbstractRestHandler;
import org.apache.flink.runtime.rest.handler.HandlerRequest;
import org.apache.flink.runtime.rest.handler.RestHandlerException;
import org.apache.flink.runtime.webmonitor.RestfulGateway;
import org.apache.flink.runtime.webmonitor.handlers.AllowNonRestoredStateQueryParameter;
import org.apache.flink.runtime.webmonitor.handlers.JarRunHeaders;
import org.apache.flink.runtime.webmonitor.handlers.JarRunMessageParameters;
import org.apache.flink.runtime.webmonitor.handlers.JarRunRequestBody;
import org.apache.flink.runtime.webmonitor.handlers.JarRunResponseBody;
import org.apache.flink.runtime.webmonitor.handlers.SavepointPathQueryParameter;

/**
 * Runs an uploaded jar: its {@code main}, on a thread of its own, in the class loader of a program. The answer comes when {@code
 * main} has returned. Jobs go to the intake like those that a client sends: their class loaders are their own.
 */
final class JarRun
        extends AbstractRestHandler<RestfulGateway, JarRunRequestBody, JarRunResponseBody, JarRunMessageParameters> {
    private final JarFolder jars;
    private final JobIntake intake;

    JarRun(RestfulGateway gateway, JarFolder jars, JobIntake intake) {
        super(
                () -> CompletableFuture.completedFuture(gateway),
                jars.configuration().get(WebOptions.TIMEOUT),
                Map.of(),
                JarRunHeaders.getInstance());
        this.jars = jars;
        this.intake = intake;
    }

    @Override
    protected CompletableFuture<JarRunResponseBody> handleRequest(
            HandlerRequest<JarRunRequestBody> request, RestfulGateway gateway) throws RestHandlerException {
        JarFolder.Meant meant = jars.meant(request);
        restore(request, meant.configuration());
        return CompletableFuture.supplyAsync(
                () -> new JarRunResponseBody(run(meant).get(0).jobId()), Program::onThread);
    }

    private static void restore(HandlerRequest<JarRunRequestBody> request, Configuration configuration)
            throws RestHandlerException {
        JarRunRequestBody body = request.getRequestBody();
        String savepoint = JarFolder.first(
                JarFolder.emptyToNull(body.getSavepointPath()), request, SavepointPathQueryParameter.class);
        if (JarFolder.emptyToNull(savepoint) != null) {
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        }
        Boolean passesOver =
                JarFolder.first(body.getAllowNonRestoredState(), request, AllowNonRestoredStateQueryParameter.class);
        if (passesOver != null) {
            configuration.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, passesOver);
        }
        if (body.getRecoveryClaimMode() != null) {
            configuration.set(StateRecoveryOptions.RESTORE_MODE, body.getRecoveryClaimMode());
        }
    }

    private List<WeirJob> run(JarFolder.Meant meant) {
        try (Program program = open(meant)) {
            return intake.run(program);
        } catch (ProgramException e) {
            throw JarFolder.refused("Could not execute application.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JarFolder.refused("Could not execute application.", e);
        }
    }

    static Program open(JarFolder.Meant meant) throws ProgramException {
        try {
            List<URL> classpaths =
                    ConfigUtils.decodeListFromConfig(meant.configuration(), PipelineOptions.CLASSPATHS, URL::new);
            return Program.open(meant.jar(), meant.mainClass(), classpaths, meant.arguments(), meant.configuration());
        } catch (IOException e) {
            throw JarFolder.refused("bad " + PipelineOptions.CLASSPATHS.key(), e);
        }
    }
}
