package dev.weir.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.rest.handler.AbstractRestHandler;
import org.apache.flink.runtime.rest.handler.RestHandlerSpecification;
import org.apache.flink.runtime.webmonitor.RestfulGateway;
import org.apache.flink.runtime.webmonitor.handlers.JarListHandler;
import org.apache.flink.runtime.webmonitor.handlers.JarListHeaders;
import org.apache.flink.runtime.webmonitor.handlers.JarPlanGetHeaders;
import org.apache.flink.runtime.webmonitor.handlers.JarPlanPostHeaders;
import org.apache.flink.runtime.webmonitor.handlers.JarUploadHandler;
import org.apache.flink.runtime.webmonitor.handlers.JarUploadHeaders;
import org.apache.flink.runtime.webmonitor.retriever.GatewayRetriever;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandler;

/**
 * What runs the code of whoever asks: jobs as Flink's client sends them, and the pages of jars.
 *
 * @param configuration of the process
 * @param jars where uploaded ones are kept
 */
record Submission(JobIntake intake, Configuration configuration, Path jars) {

    List<Tuple2<RestHandlerSpecification, ChannelInboundHandler>> handlers(
            RestfulGateway gateway, Executor executor, CompletableFuture<String> address) {
        GatewayRetriever<RestfulGateway> retriever = () -> CompletableFuture.completedFuture(gateway);
        Duration timeout = configuration.get(WebOptions.TIMEOUT);
        JarFolder folder = JarFolder.of(jars, configuration);
        return List.of(
                both(new JobSubmission(gateway, intake, configuration, executor)),
                both(new JarUploadHandler(
                        retriever, timeout, Map.of(), JarUploadHeaders.getInstance(), jars, executor)),
                both(new JarListHandler(
                        retriever,
                        timeout,
                        Map.of(),
                        JarListHeaders.getInstance(),
                        address,
                        jars.toFile(),
                        configuration,
                        executor)),
                both(new JarDelete(gateway, folder)),
                both(new JarRun(gateway, folder, intake)),
                both(new JarPlan<>(gateway, folder, JarPlanGetHeaders.getInstance())),
                both(new JarPlan<>(gateway, folder, JarPlanPostHeaders.getInstance())));
    }

    private static Tuple2<RestHandlerSpecification, ChannelInboundHandler> both(
            AbstractRestHandler<?, ?, ?, ?> handler) {
        return Tuple2.of(handler.getMessageHeaders(), handler);
    }
}
