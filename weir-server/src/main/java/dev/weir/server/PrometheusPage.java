package dev.weir.server;

import dev.weir.flink.metric.MetricCatalog;
import dev.weir.flink.metric.PrometheusText;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.apache.flink.runtime.rest.HttpMethodWrapper;
import org.apache.flink.runtime.rest.handler.RestHandlerSpecification;
import org.apache.flink.runtime.rest.handler.router.RoutedRequest;
import org.apache.flink.runtime.rest.handler.util.HandlerUtils;
import org.apache.flink.runtime.rest.versioning.RestAPIVersion;
import org.apache.flink.runtime.rest.versioning.RuntimeRestAPIVersion;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.SimpleChannelInboundHandler;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpUtil;

/** Answers {@code /metrics} with all metrics of the process, as Prometheus asks for them. Thread-safe. */
@ChannelHandler.Sharable
final class PrometheusPage extends SimpleChannelInboundHandler<RoutedRequest<?>> implements RestHandlerSpecification {
    private final MetricCatalog catalog;
    private final Executor executor;

    /** @param executor reads the metrics, some of which are users' code */
    PrometheusPage(MetricCatalog catalog, Executor executor) {
        this.catalog = catalog;
        this.executor = executor;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, RoutedRequest<?> routed) {
        HttpRequest request = routed.getRequest();
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        executor.execute(() -> answer(context, keepAlive));
    }

    private void answer(ChannelHandlerContext context, boolean keepAlive) {
        StringBuilder text = new StringBuilder();
        HttpResponseStatus status = HttpResponseStatus.OK;
        try {
            PrometheusText.write(catalog, text);
        } catch (Exception e) {
            text = new StringBuilder("metrics cannot be read: " + e + "\n");
            status = HttpResponseStatus.INTERNAL_SERVER_ERROR;
        }
        HandlerUtils.sendResponse(
                context,
                keepAlive,
                text.toString(),
                status,
                Map.of(HttpHeaderNames.CONTENT_TYPE.toString(), PrometheusText.CONTENT_TYPE));
    }

    @Override
    public HttpMethodWrapper getHttpMethod() {
        return HttpMethodWrapper.GET;
    }

    @Override
    public String getTargetRestEndpointURL() {
        return "/metrics";
    }

    @Override
    public Collection<? extends RestAPIVersion<?>> getSupportedAPIVersions() {
        return List.of(RuntimeRestAPIVersion.V1);
    }
}
