package dev.weir.server;

import dev.weir.flink.program.Program;
import dev.weir.flink.program.ProgramException;
import dev.weir.flink.program.ProgramRun;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.jobgraph.jsonplan.JsonPlanGenerator;
import org.apache.flink.runtime.rest.handler.AbstractRestHandler;
import org.apache.flink.runtime.rest.handler.HandlerRequest;
import org.apache.flink.runtime.rest.handler.RestHandlerException;
import org.apache.flink.runtime.rest.messages.JobPlanInfo;
import org.apache.flink.runtime.rest.messages.MessageHeaders;
import org.apache.flink.runtime.rest.messages.MessageParameters;
import org.apache.flink.runtime.webmonitor.RestfulGateway;
import org.apache.flink.runtime.webmonitor.handlers.JarPlanRequestBody;

/**
 * The plan of an uploaded jar's first job: {@code main} runs up to there, and nothing is started.
 *
 * @param <M> Flink's, which has no public name
 */
final class JarPlan<M extends MessageParameters>
        extends AbstractRestHandler<RestfulGateway, JarPlanRequestBody, JobPlanInfo, M> {
    private final JarFolder jars;

    JarPlan(RestfulGateway gateway, JarFolder jars, MessageHeaders<JarPlanRequestBody, JobPlanInfo, M> headers) {
        super(
                () -> CompletableFuture.completedFuture(gateway),
                jars.configuration().get(WebOptions.TIMEOUT),
                Map.of(),
                headers);
        this.jars = jars;
    }

    @Override
    protected CompletableFuture<JobPlanInfo> handleRequest(
            HandlerRequest<JarPlanRequestBody> request, RestfulGateway gateway) throws RestHandlerException {
        JarFolder.Meant meant = jars.meant(request);
        return CompletableFuture.supplyAsync(() -> plan(meant), Program::onThread);
    }

    private static JobPlanInfo plan(JarFolder.Meant meant) {
        try (Program program = JarRun.open(meant)) {
            return new JobPlanInfo(JsonPlanGenerator.generatePlan(ProgramRun.firstJob(program)));
        } catch (ProgramException e) {
            throw JarFolder.refused("Could not make the plan.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JarFolder.refused("Could not make the plan.", e);
        }
    }
}
