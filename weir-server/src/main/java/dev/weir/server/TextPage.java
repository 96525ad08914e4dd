package dev.weir.server;

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
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpUtil;

/** A page of Weir's own: text at a path that Flink does not have, made on an executor. Thread-safe. */
@ChannelHandler.Sharable
abstract class TextPage extends SimpleChannelInboundHandler<RoutedRequest<?>> implements RestHandlerSpecification {
    private final String path;
    private final Executor executor;

    /**
     * @param path as Flink's router has it; a part that begins with a colon stands for any, by that name
     * @param executor makes the text
     */
    TextPage(String path, Executor executor) {
        this.path = path;
        this.executor = executor;
    }

    /** What is answered. */
    record Answer(HttpResponseStatus status, String text, Map<String, String> headers) {
        static Answer of(String contentType, String text) {
            return new Answer(
                    HttpResponseStatus.OK, text, Map.of(HttpHeaderNames.CONTENT_TYPE.toString(), contentType));
        }

        /** An error, with the reason. */
        static Answer plain(HttpResponseStatus status, String reason) {
            return new Answer(
                    status,
                    reason + "\n",
                    Map.of(HttpHeaderNames.CONTENT_TYPE.toString(), "text/plain; charset=UTF-8"));
        }
    }

    /** @param parts of the path, by name */
    abstract Answer answer(Map<String, String> parts) throws Exception;

    @Override
    protected void channelRead0(ChannelHandlerContext context, RoutedRequest<?> routed) {
        Map<String, String> parts = routed.getRouteResult().pathParams();
        boolean keepAlive = HttpUtil.isKeepAlive(routed.getRequest());
        executor.execute(() -> {
            Answer answer;
            try {
                answer = answer(parts);
            } catch (Exception e) {
                answer = Answer.plain(HttpResponseStatus.INTERNAL_SERVER_ERROR, path + " cannot be read: " + e);
            }
            HandlerUtils.sendResponse(context, keepAlive, answer.text(), answer.status(), answer.headers());
        });
    }

    @Override
    public HttpMethodWrapper getHttpMethod() {
        return HttpMethodWrapper.GET;
    }

    @Override
    public String getTargetRestEndpointURL() {
        return path;
    }

    @Override
    public Collection<? extends RestAPIVersion<?>> getSupportedAPIVersions() {
        return List.of(RuntimeRestAPIVersion.V1);
    }
}
