package dev.weir.server;

import dev.weir.flink.session.WeirSession;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.runtime.leaderelection.LeaderContender;
import org.apache.flink.runtime.leaderelection.LeaderElection;
import org.apache.flink.runtime.resourcemanager.ResourceManagerGateway;
import org.apache.flink.runtime.rest.handler.RestHandlerConfiguration;
import org.apache.flink.runtime.rest.handler.RestHandlerSpecification;
import org.apache.flink.runtime.rest.handler.cluster.JobManagerLogFileHandler;
import org.apache.flink.runtime.rest.handler.legacy.DefaultExecutionGraphCache;
import org.apache.flink.runtime.rest.messages.EmptyMessageParameters;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.UntypedResponseMessageHeaders;
import org.apache.flink.runtime.rest.messages.cluster.JobManagerLogFileHeader;
import org.apache.flink.runtime.rest.messages.cluster.JobManagerStdoutFileHeader;
import org.apache.flink.runtime.webmonitor.RestfulGateway;
import org.apache.flink.runtime.webmonitor.WebMonitorEndpoint;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandler;
import org.apache.flink.util.ConfigurationException;

/** Flink's endpoint with all its handlers, told that the one gateway there is leads. */
final class Endpoint extends WebMonitorEndpoint<RestfulGateway> {
    private static final Duration METRICS_AGE = Duration.ofSeconds(1);

    private final RestfulGateway gateway;
    private final Optional<Submission> submission;
    private final LogFiles logs;
    private final List<TextPage> own;
    private final DiagnosisPage diagnosis;

    /**
     * @param submission takes jobs, where that is allowed
     */
    Endpoint(
            RestfulGateway gateway,
            ResourceManagerGateway taskManagers,
            Configuration configuration,
            RestHandlerConfiguration handlers,
            LogFiles logs,
            ScheduledExecutorService executor,
            WeirSession session,
            Optional<Submission> submission)
            throws IOException, ConfigurationException {
        super(
                () -> CompletableFuture.completedFuture(gateway),
                configuration,
                handlers,
                () -> CompletableFuture.completedFuture(taskManagers),
                logs.asBlobs(),
                executor,
                new SessionMetricFetcher(
                        session.metrics().catalog(),
                        configuration
                                .getOptional(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL)
                                .orElse(METRICS_AGE)),
                new AlwaysLeader(),
                new DefaultExecutionGraphCache(handlers.getTimeout(), handlers.getExecutionGraphCacheTTL()),
                failure -> {
                    throw new IllegalStateException("nobody but leader election fails for all", failure);
                });
        this.gateway = gateway;
        this.submission = submission;
        this.logs = logs;
        this.own = List.of(
                new PrometheusPage(session.metrics().catalog(), executor),
                new ConfigPage(configuration, executor),
                new Dashboard(executor));
        this.diagnosis = new DiagnosisPage(gateway, session, handlers.getTimeout());
    }

    @Override
    protected List<Tuple2<RestHandlerSpecification, ChannelInboundHandler>> initializeHandlers(
            CompletableFuture<String> localAddress) {
        List<Tuple2<RestHandlerSpecification, ChannelInboundHandler>> handlers = super.initializeHandlers(localAddress);
        show(handlers, JobManagerLogFileHeader.getInstance(), logs.log());
        show(handlers, JobManagerStdoutFileHeader.getInstance(), logs.output());
        own.forEach(page -> handlers.add(Tuple2.of(page, page)));
        handlers.add(Tuple2.of(diagnosis.getMessageHeaders(), diagnosis));
        return handlers;
    }

    /** Flink's own handler of this page knows no file where there was none when it was made. */
    private void show(
            List<Tuple2<RestHandlerSpecification, ChannelInboundHandler>> handlers,
            UntypedResponseMessageHeaders<EmptyRequestBody, EmptyMessageParameters> page,
            File file) {
        handlers.removeIf(handler -> handler.f0 == page);
        handlers.add(Tuple2.of(
                page,
                new JobManagerLogFileHandler(
                        leaderRetriever, restConfiguration.getTimeout(), responseHeaders, page, file)));
    }

    @Override
    protected Collection<Tuple2<RestHandlerSpecification, ChannelInboundHandler>> initializeWebSubmissionHandlers(
            CompletableFuture<String> localAddress) {
        return submission
                .map(taken -> taken.handlers(gateway, executor, localAddress))
                .orElse(List.of());
    }

    /** There is nobody else to lead. */
    private static final class AlwaysLeader implements LeaderElection {
        @Override
        public void startLeaderElection(LeaderContender contender) {}

        @Override
        public CompletableFuture<Void> confirmLeadershipAsync(UUID leaderSessionId, String leaderAddress) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Boolean> hasLeadershipAsync(UUID leaderSessionId) {
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public void close() {}
    }
}
