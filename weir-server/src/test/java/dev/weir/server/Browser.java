package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Assumptions;

/**
 * A page of a headless Chromium, driven by its own protocol over a web socket: what its console and its network panel show is
 * told exactly, and no driver has to fit the browser's version. One thread uses it.
 *
 * @see <a href="https://chromedevtools.github.io/devtools-protocol/">Chrome DevTools Protocol</a>
 */
final class Browser implements AutoCloseable {
    /** Set where a missing browser is a failure. */
    private static final String REQUIRED = "WEIR_BROWSER_REQUIRED";

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final int WAIT_SECONDS_MAX = 60;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Process process;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonNode>> asked;
    private final AtomicInteger questions = new AtomicInteger();
    private final String session;
    private final List<String> troubles = new CopyOnWriteArrayList<>();
    private final Map<String, String> requests = new ConcurrentHashMap<>();
    private final Set<String> pending = ConcurrentHashMap.newKeySet();

    private Browser(Process process, String address) throws Exception {
        this.process = process;
        this.asked = new ConcurrentHashMap<>();
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address), new Listener())
                .get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
        String target = ask(null, "Target.createTarget", Map.of("url", "about:blank"))
                .get("targetId")
                .asText();
        this.session = ask(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .get("sessionId")
                .asText();
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            ask(domain + ".enable", Map.of());
        }
    }

    /** A fresh one; the test is skipped where none is installed, unless one has to be there. */
    static Browser start(Path profile) throws Exception {
        Optional<File> program = Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .flatMap(directory -> NAMES.stream().map(name -> new File(directory, name)))
                .filter(File::canExecute)
                .findFirst();
        if (System.getenv(REQUIRED) != null) {
            assertThat(program)
                    .as("Debian's package chromium has to be installed")
                    .isPresent();
        }
        Assumptions.assumeTrue(program.isPresent(), "no browser: install Debian's package chromium");
        Process process = new ProcessBuilder(
                        program.get().getPath(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return new Browser(process, address(process).get(WAIT_SECONDS_MAX, TimeUnit.SECONDS));
        } catch (Exception e) {
            end(process);
            throw e;
        }
    }

    /** What the browser says of where it listens; the rest of what it says is read so that it never waits. */
    private static CompletableFuture<String> address(Process process) {
        CompletableFuture<String> address = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try (BufferedReader lines = process.errorReader()) {
                String prefix = "DevTools listening on ";
                lines.lines()
                        .filter(line -> line.startsWith(prefix))
                        .forEach(line -> address.complete(line.substring(prefix.length())));
            } catch (IOException e) {
                address.completeExceptionally(e);
            }
            address.completeExceptionally(new IOException("the browser has ended"));
        });
        reader.setDaemon(true);
        reader.start();
        return address;
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                String message = text.toString();
                text.setLength(0);
                try {
                    heard(MAPPER.readTree(message));
                } catch (IOException e) {
                    troubles.add("not JSON: " + message);
                }
            }
            from.request(1);
            return null;
        }
    }

    private void heard(JsonNode message) {
        JsonNode parameters = message.path("params");
        switch (message.path("method").asText()) {
            case "" -> {
                CompletableFuture<JsonNode> question =
                        asked.remove(message.path("id").asInt());
                if (message.has("error")) {
                    question.completeExceptionally(
                            new IOException(message.get("error").toString()));
                } else {
                    question.complete(message.get("result"));
                }
            }
            case "Runtime.exceptionThrown" -> troubles.add("exception: " + parameters.get("exceptionDetails"));
            case "Runtime.consoleAPICalled" -> {
                if (List.of("error", "assert").contains(parameters.get("type").asText())) {
                    troubles.add("console: " + parameters.get("args"));
                }
            }
            case "Log.entryAdded" -> {
                if (parameters.get("entry").get("level").asText().equals("error")) {
                    troubles.add("log: " + parameters.get("entry"));
                }
            }
            case "Network.requestWillBeSent" -> {
                String request = parameters.get("requestId").asText();
                String url = parameters.get("request").get("url").asText();
                requests.put(request, url);
                if (!url.startsWith("blob:") && !url.endsWith("/workerMain.js")) { // whose end is told to workers
                    pending.add(request);
                }
            }
            case "Network.loadingFinished" ->
                pending.remove(parameters.get("requestId").asText());
            case "Network.responseReceived" -> {
                JsonNode response = parameters.get("response");
                if (response.get("status").asInt() >= 400) {
                    troubles.add(response.get("status") + " " + response.get("url"));
                }
            }
            case "Network.loadingFailed" -> {
                pending.remove(parameters.get("requestId").asText());
                if (!parameters.path("canceled").asBoolean()) {
                    troubles.add(parameters.get("errorText") + " "
                            + requests.get(parameters.get("requestId").asText()));
                }
            }
            default -> {}
        }
    }

    JsonNode ask(String method, Map<String, ?> parameters) throws Exception {
        return ask(session, method, parameters);
    }

    private JsonNode ask(String of, String method, Map<String, ?> parameters) throws Exception {
        int id = questions.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        asked.put(id, answer);
        Map<String, Object> message = new HashMap<>(Map.of("id", id, "method", method, "params", parameters));
        if (of != null) {
            message.put("sessionId", of);
        }
        socket.sendText(MAPPER.writeValueAsString(message), true).get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
        return answer.get(2 * WAIT_SECONDS_MAX, TimeUnit.SECONDS);
    }

    /** Leads the page to an address anew; what is there then is to be awaited. */
    void open(String url) throws Exception {
        ask("Page.navigate", Map.of("url", "about:blank"));
        pending.clear();
        ask("Page.navigate", Map.of("url", url));
    }

    /** The value of an expression, or of what its promise comes to. */
    JsonNode evaluate(String expression) throws Exception {
        JsonNode answer =
                ask("Runtime.evaluate", Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
        assertThat(answer.has("exceptionDetails"))
                .as("%s: %s", expression, answer)
                .isFalse();
        return answer.get("result").path("value");
    }

    /** Returns when an expression is true, which is looked at in the page, also while it loads. */
    void await(String expression) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS_MAX);
        while (true) {
            JsonNode seen;
            try {
                seen = ask(
                        "Runtime.evaluate",
                        Map.of(
                                "expression",
                                "new Promise(done => { const look = left => (" + expression
                                        + ") ? done(true) : left === 0 ? done(false)"
                                        + " : setTimeout(() => look(left - 1), 50); look(20); })",
                                "awaitPromise",
                                true,
                                "returnByValue",
                                true));
            } catch (ExecutionException e) {
                seen = MAPPER.createObjectNode(); // the page has been left meanwhile
            }
            if (seen.path("result").path("value").asBoolean()) {
                return;
            }
            if (System.nanoTime() > until) {
                throw new TimeoutException(expression + " never came; the page says:\n"
                        + evaluate("location.href + '\\n' + document.body.innerText")
                                .asText() + "\n" + seen + "\n"
                        + troubles);
            }
        }
    }

    /** Returns when no request is under way, and none has been for some tenths of a second. */
    void awaitQuiet() throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS_MAX);
        for (int quiet = 0; quiet < 2; quiet = pending.isEmpty() ? quiet + 1 : 0) {
            if (System.nanoTime() > until) {
                throw new TimeoutException("requests without an end: "
                        + pending.stream().map(requests::get).toList());
            }
            evaluate("new Promise(done => setTimeout(done, 150))");
        }
    }

    /** The texts of a table's cells, without the row of its head. */
    List<List<String>> table(String id) throws Exception {
        JsonNode rows = evaluate("[...document.querySelectorAll('#" + id
                + " tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))");
        List<List<String>> read = new ArrayList<>();
        for (JsonNode row : rows) {
            List<String> cells = new ArrayList<>();
            row.forEach(cell -> cells.add(cell.asText()));
            read.add(cells);
        }
        return read;
    }

    void press(String key) throws Exception {
        int code = key.equals("Enter") ? 13 : 9;
        for (String type : List.of("keyDown", "keyUp")) {
            Map<String, Object> event =
                    new HashMap<>(Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode", code));
            if (key.equals("Enter") && type.equals("keyDown")) {
                event.put("text", "\r");
            }
            ask("Input.dispatchKeyEvent", event);
        }
    }

    /** Sets the size of the window, and whether its reader wants it dark. */
    void looks(int width, int height, boolean dark) throws Exception {
        ask(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        ask(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    }

    /** Writes a picture where the system property {@code weir.screenshots} names a directory. */
    void picture(String name) throws Exception {
        String directory = System.getProperty("weir.screenshots");
        if (directory != null) {
            String data = ask("Page.captureScreenshot", Map.of("format", "png"))
                    .get("data")
                    .asText();
            Files.createDirectories(Path.of(directory));
            Files.write(Path.of(directory, name + ".png"), Base64.getDecoder().decode(data));
        }
    }

    /** What went wrong since this was asked last: errors of the console, requests that failed. */
    List<String> troubles() {
        List<String> seen = List.copyOf(troubles);
        troubles.removeAll(seen);
        return seen;
    }

    /** All addresses that were asked for. */
    List<String> requests() {
        return List.copyOf(requests.values());
    }

    @Override
    public void close() {
        socket.abort();
        end(process);
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().join(); // else its profile cannot be deleted
    }
}
