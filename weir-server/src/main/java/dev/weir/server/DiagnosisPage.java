package dev.weir.server;

import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.rest.HttpMethodWrapper;
import org.apache.flink.runtime.rest.handler.AbstractRestHandler;
import org.apache.flink.runtime.rest.handler.HandlerRequest;
import org.apache.flink.runtime.rest.handler.RestHandlerException;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.JobIDPathParameter;
import org.apache.flink.runtime.rest.messages.JobMessageParameters;
import org.apache.flink.runtime.rest.messages.ResponseBody;
import org.apache.flink.runtime.rest.messages.RuntimeMessageHeaders;
import org.apache.flink.runtime.webmonitor.RestfulGateway;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.annotation.JsonValue;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;

/** Answers {@code /weir/jobs/:jobid/why}: what holds a job up. Takes some seconds, which it does not block for. */
final class DiagnosisPage
        extends AbstractRestHandler<RestfulGateway, EmptyRequestBody, DiagnosisPage.Body, JobMessageParameters> {
    private final WeirSession session;

    DiagnosisPage(RestfulGateway gateway, WeirSession session, Duration timeout) {
        super(() -> CompletableFuture.completedFuture(gateway), timeout, Map.of(), new Headers());
        this.session = session;
    }

    @Override
    protected CompletableFuture<Body> handleRequest(HandlerRequest<EmptyRequestBody> request, RestfulGateway gateway)
            throws RestHandlerException {
        JobID id = request.getPathParameter(JobIDPathParameter.class);
        WeirJob job = session.find(id)
                .orElseThrow(() -> new RestHandlerException("Job " + id + " not found", HttpResponseStatus.NOT_FOUND));
        return job.diagnose().thenApply(Body::new);
    }

    /** A diagnosis as it is. */
    record Body(@JsonValue Diagnosis diagnosis) implements ResponseBody {}

    private static final class Headers implements RuntimeMessageHeaders<EmptyRequestBody, Body, JobMessageParameters> {
        @Override
        public Class<EmptyRequestBody> getRequestClass() {
            return EmptyRequestBody.class;
        }

        @Override
        public Class<Body> getResponseClass() {
            return Body.class;
        }

        @Override
        public HttpResponseStatus getResponseStatusCode() {
            return HttpResponseStatus.OK;
        }

        @Override
        public JobMessageParameters getUnresolvedMessageParameters() {
            return new JobMessageParameters();
        }

        @Override
        public HttpMethodWrapper getHttpMethod() {
            return HttpMethodWrapper.GET;
        }

        @Override
        public String getTargetRestEndpointURL() {
            return "/weir/jobs/:" + JobIDPathParameter.KEY + "/why";
        }

        @Override
        public String getDescription() {
            return "What holds a job up.";
        }
    }
}
