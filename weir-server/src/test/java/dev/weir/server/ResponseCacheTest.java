package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.server.ResponseCache.Miss;
import dev.weir.server.ResponseCache.Response;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.shaded.netty4.io.netty.buffer.Unpooled;
import org.apache.flink.shaded.netty4.io.netty.channel.embedded.EmbeddedChannel;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultHttpHeaders;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.FullHttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.FullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpMethod;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.Test;

class ResponseCacheTest {
    private static final String PAGE = "/jobs/0123456789abcdef0123456789abcdef";

    private final AtomicLong now = new AtomicLong(-500);
    private final ResponseCache cache = new ResponseCache(now::get);
    private final EmbeddedChannel channel = new EmbeddedChannel(new ResponseCacheHandler(cache));

    private void pass(long millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static Response response(String body) {
        return new Response(new DefaultHttpHeaders(), body.getBytes(StandardCharsets.UTF_8));
    }

    /** Asks until the page is busy, and keeps an answer. */
    private void keep(String uri, Response response) {
        for (int i = 0; i < ResponseCache.BUSY_REQUESTS; i++) {
            assertThat(cache.ask(uri)).isInstanceOf(Miss.class);
        }
        cache.keep((Miss) cache.ask(uri), response);
    }

    @Test
    void whatIsAskedForOftenIsAnsweredOnceASecond() {
        Response first = response("first");
        keep(PAGE, first);
        assertThat(cache.ask(PAGE)).isEqualTo(first);
        pass(999);
        assertThat(cache.ask(PAGE)).isEqualTo(first);
        pass(1);
        Miss next = (Miss) cache.ask(PAGE);
        pass(500);
        for (int i = 0; i <= ResponseCache.BUSY_REQUESTS; i++) {
            assertThat(cache.ask(PAGE)).isInstanceOf(Miss.class);
        }
        Response second = response("second");
        cache.keep(next, second);
        assertThat(cache.ask(PAGE)).isEqualTo(second);
        pass(500);
        assertThat(cache.ask(PAGE)).as("its age counts from the request").isInstanceOf(Miss.class);
    }

    @Test
    void whoAsksAloneGetsEachAnswerNew() {
        for (int i = 0; i < 100; i++) {
            Object asked = cache.ask(PAGE);
            assertThat(asked).isInstanceOf(Miss.class);
            cache.keep((Miss) asked, response("answer " + i));
            pass(250);
        }
    }

    @Test
    void nothingFromBeforeAChangeServesAfterIt() {
        keep(PAGE, response("before"));
        cache.changed();
        assertThat(cache.ask(PAGE)).isInstanceOf(Miss.class);
        for (int i = 0; i < 10; i++) {
            cache.ask(PAGE);
        }
        Miss asked = (Miss) cache.ask(PAGE);
        cache.changed();
        for (int i = 0; i < 10; i++) {
            cache.ask(PAGE);
        }
        cache.keep(asked, response("from before"));
        assertThat(cache.ask(PAGE)).isInstanceOf(Miss.class);
    }

    @Test
    void pagesAndBytesAreBounded() {
        for (int i = 0; i < 10 * ResponseCache.PAGES_MAX; i++) {
            keep(PAGE + "?" + i, response("small"));
        }
        Response large = new Response(new DefaultHttpHeaders(), new byte[ResponseCache.BYTES_MAX / 2 + 1]);
        keep("/overview", large);
        keep("/jobs/overview", large);
        assertThat(cache.ask("/overview")).isInstanceOf(Miss.class);
    }

    private void request(HttpMethod method, String uri) {
        channel.writeInbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, uri));
    }

    private void respond(HttpResponseStatus status, String body) {
        channel.writeOutbound(new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(body, StandardCharsets.UTF_8)));
    }

    private String answered() {
        FullHttpResponse response = channel.readOutbound();
        try {
            return response.content().toString(StandardCharsets.UTF_8);
        } finally {
            response.release();
        }
    }

    /** Whether the handlers behind are asked. */
    private boolean passes(HttpMethod method, String uri) {
        request(method, uri);
        boolean passed = channel.readInbound() != null;
        if (passed) {
            respond(HttpResponseStatus.OK, uri);
        }
        assertThat(answered()).isEqualTo(uri);
        return passed;
    }

    @Test
    void statesAreKeptAndOperationsAreNot() {
        for (int i = 0; i <= ResponseCache.BUSY_REQUESTS; i++) {
            assertThat(passes(HttpMethod.GET, PAGE + "/vertices/1/watermarks")).isTrue();
        }
        assertThat(passes(HttpMethod.GET, PAGE + "/vertices/1/watermarks")).isFalse();
        for (int i = 0; i < 20; i++) {
            assertThat(passes(HttpMethod.GET, PAGE + "/savepoints/1")).isTrue();
            assertThat(passes(HttpMethod.GET, PAGE + "/vertices/1/flamegraph?type=off_cpu"))
                    .isTrue();
            assertThat(passes(HttpMethod.GET, PAGE + "/checkpoints/1")).isTrue();
            assertThat(passes(HttpMethod.GET, PAGE + "/status")).isTrue();
            assertThat(passes(HttpMethod.GET, PAGE + "/execution-result")).isTrue();
        }
        assertThat(passes(HttpMethod.GET, PAGE + "/vertices/1/watermarks")).isFalse();
        assertThat(passes(HttpMethod.PATCH, PAGE)).isTrue();
        assertThat(passes(HttpMethod.GET, PAGE + "/vertices/1/watermarks")).isTrue();
    }

    /** As the JDK's client does. */
    @Test
    void aRequestMaySayThatItHasNoBody() {
        passesOften();
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, PAGE);
        request.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
        channel.writeInbound(request);
        assertThat(channel.<Object>readInbound()).isNull();
        assertThat(answered()).isEqualTo(PAGE);
    }

    @Test
    void aRequestWithABodyPasses() {
        passesOften();
        FullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.GET, PAGE, Unpooled.copiedBuffer("body", StandardCharsets.UTF_8));
        request.headers().set(HttpHeaderNames.CONTENT_LENGTH, 4);
        channel.writeInbound(request);
        assertThat(channel.<Object>readInbound()).isNotNull();
    }

    private void passesOften() {
        for (int i = 0; i <= ResponseCache.BUSY_REQUESTS; i++) {
            passes(HttpMethod.GET, PAGE);
        }
        assertThat(passes(HttpMethod.GET, PAGE)).isFalse();
    }

    @Test
    void errorsAreAnsweredAnewEachTime() {
        for (int i = 0; i < 20; i++) {
            request(HttpMethod.GET, PAGE);
            assertThat(channel.<Object>readInbound()).isNotNull();
            respond(HttpResponseStatus.NOT_FOUND, "no such job");
            assertThat(answered()).isEqualTo("no such job");
        }
    }

    /** Answers to several requests under way on one connection may come in any order. */
    @Test
    void nothingIsKeptOfRequestsThatDoNotWaitForEachOther() {
        for (int i = 0; i < 20; i++) {
            request(HttpMethod.GET, PAGE);
            request(HttpMethod.GET, "/overview");
            assertThat(channel.inboundMessages()).hasSize(2);
            channel.inboundMessages().clear();
            respond(HttpResponseStatus.OK, "of one");
            respond(HttpResponseStatus.OK, "of the other");
            answered();
            answered();
        }
        assertThat(passes(HttpMethod.GET, PAGE)).isTrue();
        assertThat(passes(HttpMethod.GET, PAGE)).isFalse();
    }
}
