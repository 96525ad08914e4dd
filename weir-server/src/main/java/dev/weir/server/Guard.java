package dev.weir.server;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.shaded.netty4.io.netty.buffer.Unpooled;
import org.apache.flink.shaded.netty4.io.netty.buffer.UnpooledByteBufAllocator;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.FullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpContent;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpServerCodec;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpUtil;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpVersion;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.QueryStringDecoder;
import org.apache.flink.shaded.netty4.io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The first to see the requests of a connection: refuses what {@link Access} refuses and bodies that are too large, before
 * anything is kept of them, and maps {@code /} to the dashboard and {@code /flink/} to where Flink's files and paths are. One
 * per connection, on its thread.
 */
final class Guard extends ChannelInboundHandlerAdapter {
    private static final long LINGER_MILLIS = 500;

    static final String UI = "/flink";

    /** The paths that files may be sent to. */
    private static final Set<String> SUBMISSION = Set.of("/jobs", "/v1/jobs", "/jars/upload", "/v1/jars/upload");

    private final Access access;
    private final RestSettings settings;
    private long bodyBytesMax;
    private long bodyBytes;
    private boolean refused;

    Guard(RestSettings settings) {
        this.access = settings.access();
        this.settings = settings;
    }

    /** Stands in the pipeline only to put others to its beginning, where Flink lets nobody put anything. */
    static final class Placement extends ChannelInboundHandlerAdapter {
        private final Guard guard;
        private final ResponseCacheHandler responses;

        Placement(Guard guard, ResponseCacheHandler responses) {
            this.guard = guard;
            this.responses = responses;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            // direct memory is budgeted, and a few requests need none
            context.channel().config().setAllocator(new UnpooledByteBufAllocator(false));
            ChannelHandlerContext codec = context.pipeline().context(HttpServerCodec.class);
            context.pipeline().addAfter(codec.name(), "responses", responses);
            context.pipeline().addAfter(codec.name(), "guard", guard);
            context.pipeline().remove(this);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            bodyBytes = 0;
            FullHttpResponse answer = refused ? null : answer(request);
            if (answer != null) {
                refuse(context, answer);
            }
        }
        if (!refused && message instanceof HttpContent content) {
            bodyBytes += content.content().readableBytes();
            if (bodyBytes > bodyBytesMax) {
                refuse(context, tooLarge(bodyBytes));
            }
        }
        if (refused) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    /** Null where the request passes on, as it has been changed here. */
    private @Nullable FullHttpResponse answer(HttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            return text(HttpResponseStatus.BAD_REQUEST, "not HTTP");
        }
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String path = uri.path();
        if (path.indexOf('\0') >= 0) {
            return text(HttpResponseStatus.BAD_REQUEST, "no path has a NUL");
        }
        Access.Refusal refusal = access.refusal(request, path);
        if (refusal != null && refusal.status().equals(HttpResponseStatus.UNAUTHORIZED) && access.tokenIn(uri)) {
            return withCookie(path);
        }
        if (refusal != null) {
            return text(refusal.status(), refusal.reason());
        }
        bodyBytesMax = settings.bodyBytesMax();
        if (isMultipart(request)) {
            bodyBytesMax = settings.uploadBytesMax();
            String target = path.startsWith(UI + "/") ? path.substring(UI.length()) : path;
            if (bodyBytesMax == 0 || !SUBMISSION.contains(target)) {
                return text(HttpResponseStatus.FORBIDDEN, "no files are taken here, see web.submit.enable");
            }
        }
        if (HttpUtil.isContentLengthSet(request) && HttpUtil.getContentLength(request, 0L) > bodyBytesMax) {
            return tooLarge(HttpUtil.getContentLength(request, 0L));
        }
        if (path.equals(UI)) {
            return redirect(UI + "/");
        }
        if (path.equals("/")) {
            request.setUri(Dashboard.INDEX);
        }
        if (path.startsWith(UI + "/")) {
            request.setUri(request.uri().substring(UI.length()));
        }
        return null;
    }

    private static boolean isMultipart(HttpRequest request) {
        return request.headers().getAll(HttpHeaderNames.CONTENT_TYPE).stream()
                .anyMatch(type -> type.trim().toLowerCase(Locale.ROOT).startsWith("multipart/"));
    }

    private FullHttpResponse tooLarge(long bytes) {
        return text(
                HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                "the request is too large: bodyBytes=" + bytes + " > limit=" + bodyBytesMax);
    }

    private FullHttpResponse withCookie(String path) {
        FullHttpResponse answer = redirect(path);
        answer.headers()
                .set(
                        HttpHeaderNames.SET_COOKIE,
                        Access.COOKIE + "=" + access.token() + "; Path=/; HttpOnly; SameSite=Strict"
                                + (access.secure() ? "; Secure" : ""));
        return answer;
    }

    private static FullHttpResponse redirect(String path) {
        FullHttpResponse answer = text(HttpResponseStatus.FOUND, "");
        // one slash: two would name another host
        answer.headers().set(HttpHeaderNames.LOCATION, "/" + path.replaceFirst("^[/\\\\]+", ""));
        return answer;
    }

    private static FullHttpResponse text(HttpResponseStatus status, String text) {
        byte[] body = text.isEmpty() ? new byte[0] : (text + "\n").getBytes(StandardCharsets.UTF_8);
        FullHttpResponse answer =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        answer.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=UTF-8");
        answer.headers().set("X-Content-Type-Options", "nosniff");
        answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        answer.headers().set(HttpHeaderNames.CONNECTION, "close");
        return answer;
    }

    /**
     * Says why and has nothing more of this connection. What is still being sent is dropped for a while before the connection
     * is closed: were it closed at once the sender would hear of that, and of no reason.
     */
    private void refuse(ChannelHandlerContext context, FullHttpResponse answer) {
        refused = true;
        context.writeAndFlush(answer)
                .addListener(sent -> context.executor().schedule(() -> context.close(), LINGER_MILLIS, MILLISECONDS));
    }
}
