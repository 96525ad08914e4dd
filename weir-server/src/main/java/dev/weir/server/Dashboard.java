package dev.weir.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Answers with the files of the dashboard: a list of names, so that no other file can be asked for. They are what a browser
 * runs, and nothing builds them; all that they show they read from Flink's paths and {@link ConfigPage}. Thread-safe.
 */
final class Dashboard extends TextPage {
    private static final String AT = "/weir/dashboard/";

    /** Where {@code /} leads. */
    static final String INDEX = AT + "index.html";

    static final List<String> FILES = List.of(
            "index.html",
            "style.css",
            "icon.svg",
            "app.js",
            "checkpoints.js",
            "configuration.js",
            "dom.js",
            "failures.js",
            "flame.js",
            "format.js",
            "job.js",
            "jobs.js",
            "layout.js",
            "memory.js",
            "parts.js",
            "rates.js",
            "rest.js",
            "vertex.js",
            "why.js");

    /** Only what these files bring is run, and what jobs say can become text only. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=UTF-8",
            "css", "text/css; charset=UTF-8",
            "js", "text/javascript; charset=UTF-8",
            "svg", "image/svg+xml");

    private final Map<String, String> files;

    /** Blocks for the class path. */
    Dashboard(Executor executor) {
        super(AT + ":file", executor);
        this.files = FILES.stream().collect(Collectors.toMap(Function.identity(), Dashboard::read));
    }

    private static String read(String file) {
        try (InputStream in = Dashboard.class.getResourceAsStream("dashboard/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the class path has no " + file + " of the dashboard");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(file + " of the dashboard cannot be read", e);
        }
    }

    @Override
    Answer answer(Map<String, String> parts) {
        String name = String.valueOf(parts.get("file"));
        @Nullable String file = files.get(name);
        return file == null
                ? Answer.plain(HttpResponseStatus.NOT_FOUND, "the dashboard has no such file")
                : new Answer(
                        HttpResponseStatus.OK,
                        file,
                        Map.of(
                                HttpHeaderNames.CONTENT_TYPE.toString(),
                                String.valueOf(TYPES.get(name.substring(name.lastIndexOf('.') + 1))),
                                HttpHeaderNames.CACHE_CONTROL.toString(),
                                "no-cache",
                                "Content-Security-Policy",
                                POLICY,
                                "X-Content-Type-Options",
                                "nosniff",
                                "Referrer-Policy",
                                "no-referrer"));
    }
}
