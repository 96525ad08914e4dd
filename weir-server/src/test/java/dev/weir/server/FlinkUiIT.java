package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.testing.wait.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.WebOptions;
import org.junit.jupiter.api.Test;

/** Flink's web UI, walked through in a browser: each page shows what it is about, no request fails, the console is silent. */
class FlinkUiIT extends BrowserTests {
    @Override
    Configuration configuration() throws IOException {
        Path logs = Files.createDirectories(directory.resolve("logs"));
        Files.writeString(logs.resolve("weir.log"), "a line of the log");
        Files.writeString(logs.resolve("weir.out"), "a line of the output");
        return new Configuration()
                .set(WebOptions.LOG_PATH, logs.resolve("weir.log").toString());
    }

    /** Opens the pages one after the other, as the address bar would, and collects what went wrong on each. */
    private List<String> walk(Map<String, String> pages) throws Exception {
        List<String> troubles = new ArrayList<>();
        for (Map.Entry<String, String> page : pages.entrySet()) {
            browser.open(jobs.server.url() + "flink/#" + page.getKey());
            try {
                browser.await("document.body.innerText.toLowerCase().replace(/\\s/g, ' ').includes('"
                        + page.getValue().toLowerCase(Locale.ROOT) + "')");
                browser.awaitQuiet();
            } catch (TimeoutException e) {
                troubles.add(page.getKey() + ": " + e.getMessage());
            }
            browser.picture(
                    "flink" + page.getKey().replaceAll("[0-9a-f]{32}", "x").replaceAll("[^a-z]+", "-"));
            for (String trouble : browser.troubles()) {
                // of Flink too these pages get no answer but how to switch the profiler on
                if (!page.getKey().endsWith("/profiler") || !trouble.contains("404")) {
                    troubles.add(page.getKey() + ": " + trouble);
                }
            }
        }
        return troubles;
    }

    @Test
    void everyPageOfARunningJob() throws Exception {
        WeirJob job = jobs.start("numbers");
        job.checkpoint(false).get();
        jobs.fail();
        while (job.failures().isEmpty()) {
            Waits.aMoment();
        }
        String at = "/job/running/" + job.jobId();
        String vertex = at + "/overview/"
                + job.jobGraph()
                        .getVerticesSortedTopologicallyFromSources()
                        .get(1)
                        .getID();

        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("/overview", "numbers");
        pages.put("/job/running", "numbers");
        pages.put(at + "/overview", "count -> Sink: Writer");
        pages.put(vertex + "/detail", "count -> Sink: Writer");
        pages.put(vertex + "/subtasks", "Records Received");
        pages.put(vertex + "/taskmanagers", "Records Received");
        pages.put(vertex + "/watermarks", "No Watermark");
        pages.put(vertex + "/accumulators", "SubTask Accumulators");
        pages.put(vertex + "/backpressure", "Back Pressure Status");
        pages.put(vertex + "/metrics", "Add metric");
        pages.put(vertex + "/flamegraph", "rest.flamegraph.enabled");
        pages.put(at + "/exceptions", "told to fail");
        pages.put(at + "/dataskew", "Data Skew");
        pages.put(at + "/timeline", "Vertex TimeLine");
        pages.put(at + "/checkpoints", "Checkpoint Counts");
        pages.put(at + "/configuration", "Job parallelism");

        assertThat(walk(pages)).isEmpty();
    }

    @Test
    void everyPageOfAnEndedJobAndOfTheProcess() throws Exception {
        WeirJob job = jobs.start("numbers");
        job.cancel();
        job.result().get();
        String at = "/job/completed/" + job.jobId();
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("/job/completed", "numbers");
        pages.put(at + "/overview", "count -> Sink: Writer");
        pages.put(at + "/exceptions", "Root Exception");
        pages.put(at + "/timeline", "Vertex TimeLine");
        pages.put(at + "/checkpoints", "Checkpoint Counts");
        pages.put(at + "/configuration", "Job parallelism");
        pages.put("/task-manager", "weir");
        pages.put("/task-manager/weir/metrics", "Managed Memory");
        pages.put("/task-manager/weir/logs", "a line of the log");
        pages.put("/task-manager/weir/stdout", "a line of the output");
        pages.put("/task-manager/weir/log-list", "weir.log");
        pages.put("/task-manager/weir/thread-dump", "\"main\" Id=1");
        pages.put("/task-manager/weir/profiler", "rest.profiling.enabled");
        pages.put("/job-manager/metrics", "JVM");
        pages.put("/job-manager/config", "rest.port");
        pages.put("/job-manager/logs", "a line of the log");
        pages.put("/job-manager/stdout", "a line of the output");
        pages.put("/job-manager/log", "weir.log");
        pages.put("/job-manager/log/weir.log", "a line of the log");
        pages.put("/job-manager/thread-dump", "\"main\" Id=1");
        pages.put("/job-manager/profiler", "rest.profiling.enabled");

        assertThat(walk(pages)).isEmpty();
    }
}
