package dev.weir.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that look at everything there is about a job each second, and what that costs the job: its records and its process's
 * CPU seconds in windows with clients and without, in turn. {@code Clients URL PID CLIENTS SECONDS ROUNDS}.
 */
@SuppressWarnings("SystemOut") // a command
public final class Clients {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private final ProcessHandle process;
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final List<String> pages;
    private final String records;

    private Clients(String url, ProcessHandle process) throws IOException, InterruptedException {
        this.url = url;
        this.process = process;
        String job = get("jobs").at("/jobs/0/id").asText();
        List<String> vertices = new ArrayList<>();
        get("jobs/" + job)
                .get("vertices")
                .forEach(vertex -> vertices.add(vertex.get("id").asText()));
        this.pages = pages(job, vertices);
        this.records = "jobs/" + job + "/vertices/" + vertices.get(0) + "/subtasks/metrics?get=numRecordsOut&agg=sum";
    }

    private static List<String> pages(String job, List<String> vertices) {
        List<String> pages = new ArrayList<>(List.of(
                "overview",
                "jobs/overview",
                "jobs/" + job,
                "jobs/" + job + "/checkpoints",
                "jobs/" + job + "/exceptions"));
        for (String vertex : vertices) {
            String at = "jobs/" + job + "/vertices/" + vertex;
            pages.addAll(List.of(
                    at,
                    at + "/backpressure",
                    at + "/watermarks",
                    at + "/subtasks/metrics?get=numRecordsInPerSecond,numRecordsOutPerSecond,busyTimeMsPerSecond"));
        }
        return pages;
    }

    private JsonNode get(String page) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(url + page))
                        .timeout(ANSWER_MAX)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(page + ": " + answer.statusCode() + " " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    private void lookAtAll() {
        for (String page : pages) {
            try {
                get(page);
                answers.incrementAndGet();
            } catch (IOException e) {
                errors.incrementAndGet();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** What a window saw. */
    private record Window(double recordsPerSecond, double cpuSecondsPerMillion, double answersPerSecond) {}

    private Window window(int clients, int seconds) throws IOException, InterruptedException {
        ScheduledExecutorService threads = Executors.newScheduledThreadPool(Math.max(1, clients));
        try {
            for (int client = 0; client < clients; client++) {
                var unused = threads.scheduleAtFixedRate(
                        this::lookAtAll, 1_000L * client / clients, 1_000, TimeUnit.MILLISECONDS);
            }
            TimeUnit.SECONDS.sleep(2); // the clients have come, metrics are a second old at most
            long answersBefore = answers.get();
            long recordsBefore = records();
            long cpuBefore = cpuNanos();
            long begin = System.nanoTime();
            TimeUnit.SECONDS.sleep(seconds);
            double lasted = (System.nanoTime() - begin) / 1e9;
            long cpu = cpuNanos() - cpuBefore;
            long seen = records() - recordsBefore;
            return new Window(seen / lasted, cpu / 1e9 / (seen / 1e6), (answers.get() - answersBefore) / lasted);
        } finally {
            threads.shutdownNow();
            threads.awaitTermination(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private long records() throws IOException, InterruptedException {
        return get(records).at("/0/sum").asLong();
    }

    private long cpuNanos() {
        return process.info().totalCpuDuration().orElseThrow().toNanos();
    }

    public static void main(String[] args) throws Exception {
        Clients clients =
                new Clients(args[0], ProcessHandle.of(Long.parseLong(args[1])).orElseThrow());
        int count = Integer.parseInt(args[2]);
        int seconds = Integer.parseInt(args[3]);
        int rounds = Integer.parseInt(args[4]);
        clients.window(0, seconds); // the compiler's
        List<Window> with = new ArrayList<>();
        List<Window> without = new ArrayList<>();
        System.out.println("clients  records/s  CPU s per million records  answers/s");
        for (int round = 0; round < rounds; round++) {
            without.add(print(0, clients.window(0, seconds)));
            with.add(print(count, clients.window(count, seconds)));
        }
        double rate = 100 * (1 - median(with, true) / median(without, true));
        double cpu = 100 * (median(with, false) / median(without, false) - 1);
        System.out.printf(
                Locale.ROOT,
                "medians: %d clients take %.1f %% of the records and add %.1f %% CPU to each; %d errors%n",
                count,
                rate,
                cpu,
                clients.errors.get());
        System.exit(clients.errors.get() == 0 ? 0 : 1);
    }

    private static Window print(int clients, Window window) {
        System.out.printf(
                Locale.ROOT,
                "%7d  %,9.0f  %25.3f  %9.0f%n",
                clients,
                window.recordsPerSecond,
                window.cpuSecondsPerMillion,
                window.answersPerSecond);
        return window;
    }

    private static double median(List<Window> windows, boolean rate) {
        double[] sorted = windows.stream()
                .mapToDouble(window -> rate ? window.recordsPerSecond : window.cpuSecondsPerMillion)
                .sorted()
                .toArray();
        return Arrays.stream(sorted, (sorted.length - 1) / 2, sorted.length / 2 + 1)
                .average()
                .orElseThrow();
    }
}
