package dev.weir.cli.control;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.weir.cli.control.Views.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the commands of other processes while open: on loopback only, at a port of the system's choosing, to whoever has the
 * token of the {@link Announcement}. Thread-safe.
 */
public final class ControlServer implements AutoCloseable {
    static final int BODY_BYTES_MAX = 64 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int THREADS_MAX = 8;
    private static final int REQUEST_SECONDS_MAX = 10;
    private static final long CLOSING_MILLIS_MAX = 5_000;

    private final JobControl jobs;
    private final byte[] authorization;
    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final Announcement announcement;
    private int underWay;

    private ControlServer(Path data, JobControl jobs) throws IOException {
        this.jobs = jobs;
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String token = HexFormat.of().formatHex(random, 4, random.length);
        this.authorization = ControlClient.authorization(token).getBytes(StandardCharsets.ISO_8859_1);
        this.threads = new ThreadPoolExecutor(
                THREADS_MAX, THREADS_MAX, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), ControlServer::daemon);
        threads.allowCoreThreadTimeOut(true);
        // read once by the JDK's server: who sends half a request holds a thread no longer than that
        if (System.getProperty("sun.net.httpserver.maxReqTime") == null) {
            System.setProperty("sun.net.httpserver.maxReqTime", Integer.toString(REQUEST_SECONDS_MAX));
        }
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
        try {
            this.announcement = Announcement.make(
                    data,
                    HexFormat.of().formatHex(random, 0, 4),
                    new Announcement.Announced(
                            ProcessHandle.current().pid(), server.getAddress().getPort(), token));
        } catch (IOException | RuntimeException e) {
            server.stop(0);
            threads.shutdownNow();
            throw e;
        }
    }

    /** Listens and announces itself; null where that fails, which is logged: jobs run without being found. */
    public static @Nullable ControlServer open(Path data, JobControl jobs) {
        try {
            return new ControlServer(data, jobs);
        } catch (IOException | RuntimeException e) {
            LOG.warn("other commands will not find this process: directory={}", data, e);
            return null;
        }
    }

    InetAddress address() {
        return server.getAddress().getAddress();
    }

    private static Thread daemon(Runnable task) {
        Thread created = new Thread(task, "weir-control");
        created.setDaemon(true);
        return created;
    }

    private void handle(HttpExchange exchange) {
        begun();
        CompletableFuture<?> answer;
        try {
            answer = answer(exchange);
        } catch (RequestException e) {
            answer = CompletableFuture.failedFuture(e);
        } catch (IOException | RuntimeException e) {
            answer = CompletableFuture.failedFuture(new RequestException(400, "bad request: " + e.getMessage()));
        }
        // an answer that takes long, as a savepoint's, holds no thread meanwhile
        CompletableFuture<?> unused = answer.handleAsync(
                (view, failure) -> {
                    respond(exchange, view, failure);
                    return null;
                },
                threads);
    }

    private CompletableFuture<?> answer(HttpExchange exchange) throws IOException, RequestException {
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        if (given == null || !MessageDigest.isEqual(given.getBytes(StandardCharsets.ISO_8859_1), authorization)) {
            throw new RequestException(401, "the token is missing or wrong");
        }
        byte[] body = body(exchange);
        String path = exchange.getRequestURI().getRawPath();
        String[] parts = path.substring(1).split("/", -1);
        return switch (exchange.getRequestMethod()) {
            case "GET" -> jobs.get(parts);
            case "POST" -> jobs.post(parts, body);
            default -> throw new RequestException(405, "only GET and POST are known");
        };
    }

    private static byte[] body(HttpExchange exchange) throws IOException, RequestException {
        InputStream in = exchange.getRequestBody();
        byte[] body = in.readNBytes(BODY_BYTES_MAX + 1);
        if (body.length > BODY_BYTES_MAX) {
            throw new RequestException(413, "the body is too long: limit=" + BODY_BYTES_MAX + " bytes");
        }
        return body;
    }

    private void respond(HttpExchange exchange, @Nullable Object view, @Nullable Throwable failure) {
        try (exchange) {
            Throwable cause = failure == null ? null : Failures.unwrap(failure);
            int status = cause == null ? 200 : cause instanceof RequestException refused ? refused.status() : 500;
            byte[] json = Json.write(cause == null && view != null ? view : new Problem(Failures.describe(cause)));
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (status >= 400) {
                exchange.getResponseHeaders().set("Connection", "close"); // of the body, some may not have been read
            }
            exchange.sendResponseHeaders(status, json.length);
            exchange.getResponseBody().write(json);
        } catch (IOException | RuntimeException e) {
            LOG.debug("an answer was not taken", e);
        } finally {
            ended();
        }
    }

    private synchronized void begun() {
        underWay++;
    }

    private synchronized void ended() {
        underWay--;
        notifyAll();
    }

    /** Is not found any more, and ends when those under way have their answers, or at the latest after some seconds. */
    @Override
    public void close() {
        try {
            announcement.close();
        } catch (IOException e) {
            LOG.debug("the announcement is still there", e);
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSING_MILLIS_MAX);
        synchronized (this) {
            try {
                for (long left = deadline - System.nanoTime();
                        underWay > 0 && left > 0;
                        left = deadline - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        server.stop(0);
        threads.shutdownNow();
    }
}
