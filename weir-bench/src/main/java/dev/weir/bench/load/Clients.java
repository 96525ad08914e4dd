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
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that look at everything there is about a job each second, and what that costs the job: its records and its process's
 * CPU seconds, in turn without clients, with clients that look at a neighbour's job, and with clients of its own. The clients and
 * the neighbour take processors, caches and turns from the job as well, so the neighbour's window is what to compare with.
 * {@code Clients URL PID NEIGHBOUR-URL CLIENTS SECONDS ROUNDS}.
 */
@SuppressWarnings("SystemOut") // a command
public final class Clients {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ANSWER_MAX = Duration.ofSeconds(30);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Whom the clients look at. */
    private enum At {
        NOBODY,
        NEIGHBOUR,
        JOB
    }

    /** A process's pages about its one job. */
    private static final class Site {
        private final String url;
        private final List<String> pages;
        private final String records;

        Site(String url) throws IOException, InterruptedException {
            this.url = url;
            String job = get("jobs").at("/jobs/0/id").asText();
            List<String> vertices = new ArrayList<>();
            get("jobs/" + job)
                    .get("vertices")
                    .forEach(vertex -> vertices.add(vertex.get("id").asText()));
            this.pages = pages(job, vertices);
            this.records =
                    "jobs/" + job + "/vertices/" + vertices.get(0) + "/subtasks/metrics?get=numRecordsOut&agg=sum";
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

        JsonNode get(String page) throws IOException, InterruptedException {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(URI.create(url + page))
                            .timeout(ANSWER_MAX)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException(page + ": " + answer.statusCode() + " " + answer.body());
            }
            return JSON.readTree(answer.body());
        }

        long records() throws IOException, InterruptedException {
            return get(records).at("/0/sum").asLong();
        }
    }

    /** What a window saw. */
    private record Window(double recordsPerSecond, double cpuSecondsPerMillion, double answersPerSecond) {}

    private final Site job;
    private final Site neighbour;
    private final ProcessHandle process;
    private final int clients;
    private final int seconds;
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final Map<At, List<Window>> windows = new EnumMap<>(At.class);

    private Clients(Site job, ProcessHandle process, Site neighbour, int clients, int seconds) {
        this.job = job;
        this.neighbour = neighbour;
        this.process = process;
        this.clients = clients;
        this.seconds = seconds;
    }

    private void lookAtAll(Site site) {
        for (String page : site.pages) {
            try {
                site.get(page);
                answers.incrementAndGet();
            } catch (IOException e) {
                errors.incrementAndGet();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private Window window(At at) throws IOException, InterruptedException {
        ScheduledExecutorService threads = Executors.newScheduledThreadPool(clients);
        try {
            for (int client = 0; at != At.NOBODY && client < clients; client++) {
                var unused = threads.scheduleAtFixedRate(
                        () -> lookAtAll(at == At.JOB ? job : neighbour),
                        1_000L * client / clients,
                        1_000,
                        TimeUnit.MILLISECONDS);
            }
            TimeUnit.SECONDS.sleep(2); // the clients have come, metrics are a second old at most
            long answersBefore = answers.get();
            long recordsBefore = job.records();
            long cpuBefore = cpuNanos();
            long begin = System.nanoTime();
            TimeUnit.SECONDS.sleep(seconds);
            double lasted = (System.nanoTime() - begin) / 1e9;
            long cpu = cpuNanos() - cpuBefore;
            long seen = job.records() - recordsBefore;
            return new Window(seen / lasted, cpu / 1e9 / (seen / 1e6), (answers.get() - answersBefore) / lasted);
        } finally {
            threads.shutdownNow();
            threads.awaitTermination(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private long cpuNanos() {
        return process.info().totalCpuDuration().orElseThrow().toNanos();
    }

    private void round(boolean counts) throws IOException, InterruptedException {
        for (At at : At.values()) {
            Window window = window(at);
            System.out.printf(
                    Locale.ROOT,
                    "%-10s  %,11.0f  %25.4f  %9.0f%s%n",
                    at.name().toLowerCase(Locale.ROOT),
                    window.recordsPerSecond,
                    window.cpuSecondsPerMillion,
                    window.answersPerSecond,
                    counts ? "" : "  (the compiler's)");
            if (counts) {
                windows.computeIfAbsent(at, none -> new ArrayList<>()).add(window);
            }
        }
    }

    private void compare(At with, At without) {
        System.out.printf(
                Locale.ROOT,
                "medians, clients at %s beside clients at %s: %.1f %% of the records, %.1f %% CPU for each%n",
                with.name().toLowerCase(Locale.ROOT),
                without.name().toLowerCase(Locale.ROOT),
                100 * (median(with, true) / median(without, true) - 1),
                100 * (median(with, false) / median(without, false) - 1));
    }

    private double median(At at, boolean rate) {
        double[] sorted = windows.getOrDefault(at, List.of()).stream()
                .mapToDouble(window -> rate ? window.recordsPerSecond : window.cpuSecondsPerMillion)
                .sorted()
                .toArray();
        return Arrays.stream(sorted, (sorted.length - 1) / 2, sorted.length / 2 + 1)
                .average()
                .orElseThrow();
    }

    public static void main(String[] args) throws Exception {
        Clients all = new Clients(
                new Site(args[0]),
                ProcessHandle.of(Long.parseLong(args[1])).orElseThrow(),
                new Site(args[2]),
                Integer.parseInt(args[3]),
                Integer.parseInt(args[4]));
        System.out.println("clients at  records/s    CPU s per million records  answers/s");
        all.round(false);
        for (int round = 0; round < Integer.parseInt(args[5]); round++) {
            all.round(true);
        }
        all.compare(At.NEIGHBOUR, At.NOBODY);
        all.compare(At.JOB, At.NOBODY);
        all.compare(At.JOB, At.NEIGHBOUR);
        System.out.println(all.errors.get() + " errors");
        System.exit(all.errors.get() == 0 ? 0 : 1);
    }
}
