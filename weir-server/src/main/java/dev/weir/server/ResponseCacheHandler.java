package dev.weir.server;

import java.io.ByteArrayOutputStream;
import java.util.regex.Pattern;
import org.apache.flink.shaded.netty4.io.netty.buffer.ByteBuf;
import org.apache.flink.shaded.netty4.io.netty.buffer.Unpooled;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelDuplexHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelFuture;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelFutureListener;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelPromise;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.FullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpContent;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderValues;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaders;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpMethod;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpStatusClass;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpUtil;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpVersion;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.LastHttpContent;
import org.apache.flink.shaded.netty4.io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests of a connection from the {@link ResponseCache}, and gives it what the handlers behind answer. Stands behind the
 * {@link Guard}. One per connection, on its thread.
 */
final class ResponseCacheHandler extends ChannelDuplexHandler {
    /** What shows a state, and no operation that somebody waits for, or, as a flame graph, that begins when somebody asks. */
    private static final Pattern PAGES = Pattern.compile(
            "(/v1)?/(overview|jobs/overview|jobs/[0-9a-f]{32}"
                    + "(/(plan|config|exceptions|accumulators|metrics|checkpoints(/(config|details/.*))?|vertices/(?!.*flamegraph).*))?)");

    private static final int BODY_BYTES_MAX = 256 << 10;

    private final ResponseCache cache;
    private int underWay;
    private boolean skipping;
    private ResponseCache.@Nullable Miss asked;
    private @Nullable HttpHeaders headers;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    ResponseCacheHandler(ResponseCache cache) {
        this.cache = cache;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request && answered(context, request)) {
            skipping = true;
        }
        if (!skipping) {
            context.fireChannelRead(message);
            return;
        }
        skipping = !(message instanceof LastHttpContent);
        ReferenceCountUtil.release(message);
    }

    private boolean answered(ChannelHandlerContext context, HttpRequest request) {
        asked = null;
        headers = null;
        // answers to several at once could not be told apart
        if (underWay == 0 && isPage(request)) {
            Object known = cache.ask(request.uri());
            if (known instanceof ResponseCache.Response response) {
                answer(context, response, HttpUtil.isKeepAlive(request));
                return true;
            }
            asked = (ResponseCache.Miss) known;
        } else if (!HttpMethod.GET.equals(request.method())) {
            cache.changed();
        }
        underWay++;
        return false;
    }

    private static boolean isPage(HttpRequest request) {
        String uri = request.uri();
        int query = uri.indexOf('?');
        return HttpMethod.GET.equals(request.method())
                && HttpUtil.getContentLength(request, 0L) == 0 // the JDK's client says so of a GET
                && !HttpUtil.isTransferEncodingChunked(request)
                && PAGES.matcher(query < 0 ? uri : uri.substring(0, query)).matches();
    }

    private static void answer(ChannelHandlerContext context, ResponseCache.Response known, boolean keepAlive) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(known.body()));
        response.headers().set(known.headers());
        if (keepAlive) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        } else {
            response.headers().remove(HttpHeaderNames.CONNECTION);
        }
        ChannelFuture written = context.writeAndFlush(response);
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (asked != null) {
            overhear(asked, message);
        }
        boolean isInterim = message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (message instanceof LastHttpContent && !isInterim) {
            underWay--;
        }
        context.write(message, promise);
    }

    private void overhear(ResponseCache.Miss miss, Object message) {
        if (message instanceof HttpResponse response) {
            boolean kept = HttpResponseStatus.OK.equals(response.status());
            headers = kept ? response.headers().copy() : null;
            body.reset();
        }
        if (headers == null) {
            return;
        }
        if (message instanceof ByteBuf bytes) {
            append(bytes);
        } else if (message instanceof HttpContent content) {
            append(content.content());
        } else if (!(message instanceof HttpResponse)) {
            headers = null; // a file
        }
        if (message instanceof LastHttpContent && headers != null) {
            cache.keep(miss, new ResponseCache.Response(headers, body.toByteArray()));
            headers = null;
        }
    }

    private void append(ByteBuf bytes) {
        if (body.size() + bytes.readableBytes() > BODY_BYTES_MAX) {
            headers = null;
            return;
        }
        byte[] copy = new byte[bytes.readableBytes()];
        bytes.getBytes(bytes.readerIndex(), copy);
        body.writeBytes(copy);
    }
}
