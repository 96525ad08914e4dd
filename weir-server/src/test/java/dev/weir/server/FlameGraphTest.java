package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.testing.wait.Waits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Flink's flame graphs, as its web UI asks for them. */
@Timeout(90)
class FlameGraphTest {
    private static final int LOOKS = 4;
    private static final int DEPTH_MAX = 6;

    @TempDir
    private Path directory;

    private static Configuration enabled() {
        return new Configuration()
                .set(RestOptions.ENABLE_FLAMEGRAPH, true)
                .set(RestOptions.FLAMEGRAPH_NUM_SAMPLES, LOOKS)
                .set(RestOptions.FLAMEGRAPH_DELAY, Duration.ofMillis(1))
                .set(RestOptions.FLAMEGRAPH_STACK_TRACE_DEPTH, DEPTH_MAX);
    }

    /** The second vertex, which counts on two subtasks. */
    private static String path(Http http, WeirJob job) throws IOException {
        return "/jobs/" + job.jobId() + "/vertices/"
                + http.json("/jobs/" + job.jobId())
                        .get("vertices")
                        .get(1)
                        .get("id")
                        .asText() + "/flamegraph";
    }

    private static JsonNode graph(Http http, String path) throws IOException {
        JsonNode graph = http.json(path);
        while (graph.get("endTimestamp").asLong() == -3) {
            Waits.aMoment();
            graph = http.json(path);
        }
        return graph;
    }

    private static int depth(JsonNode node) {
        int deepest = 0;
        for (JsonNode child : node.get("children")) {
            deepest = Math.max(deepest, 1 + depth(child));
        }
        return deepest;
    }

    @Test
    void stacksOfAllSubtasksOrOfOneByWhetherTheyAreOnTheCpu() throws Exception {
        try (RunningJobs jobs = new RunningJobs(enabled(), directory)) {
            Http http = new Http(jobs.server.url());
            WeirJob job = jobs.start("counts");
            String path = path(http, job);

            JsonNode all = graph(http, path);
            assertThat(all.get("data").get("name").asText()).isEqualTo("root");
            assertThat(all.get("data").get("value").asInt()).isEqualTo(2 * LOOKS);
            assertThat(depth(all.get("data"))).isBetween(1, DEPTH_MAX);
            assertThat(all.get("data").get("children").toString()).contains("dev.weir.");
            // until the refresh interval is over, of the same looks
            JsonNode on = graph(http, path + "?type=ON_CPU");
            JsonNode off = graph(http, path + "?type=OFF_CPU");
            assertThat(on.get("endTimestamp")).isEqualTo(all.get("endTimestamp"));
            assertThat(on.get("data").get("value").asInt()
                            + off.get("data").get("value").asInt())
                    .isEqualTo(2 * LOOKS);
            assertThat(graph(http, path + "?type=FULL&subtaskindex=1")
                            .get("data")
                            .get("value")
                            .asInt())
                    .isEqualTo(LOOKS);
            assertThat(http.get(path + "?subtaskindex=2").status()).isEqualTo(404);
            assertThat(http.get(path + "?type=SIDEWAYS").status()).isEqualTo(400);
            job.cancel().get();
            JsonNode ended = http.json(path);
            while (ended.get("endTimestamp").asLong() != -1) {
                Waits.aMoment();
                ended = http.json(path);
            }
        }
    }

    /** Three of them, which are 150 ms by default. */
    @Test
    void betweenLooksIsTheDelayThatIsConfigured() throws Exception {
        Configuration configuration = enabled().set(RestOptions.FLAMEGRAPH_DELAY, Duration.ofMillis(700));
        try (RunningJobs jobs = new RunningJobs(configuration, directory)) {
            Http http = new Http(jobs.server.url());
            String path = path(http, jobs.start("counts"));
            long start = System.nanoTime();
            graph(http, path);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(2));
        }
    }

    /** By default after a minute. */
    @Test
    void looksAreTakenAnewWhenTheyAreOld() throws Exception {
        Configuration configuration = enabled().set(RestOptions.FLAMEGRAPH_REFRESH_INTERVAL, Duration.ofMillis(1));
        try (RunningJobs jobs = new RunningJobs(configuration, directory)) {
            Http http = new Http(jobs.server.url());
            String path = path(http, jobs.start("counts"));
            long first = graph(http, path).get("endTimestamp").asLong();
            long second = first;
            while (second <= first) {
                second = graph(http, path).get("endTimestamp").asLong();
            }
            assertThat(second - first).isLessThan(Duration.ofSeconds(40).toMillis());
        }
    }

    @Test
    void noStacksAreLookedAtUnlessItIsSwitchedOn() throws Exception {
        try (RunningJobs jobs = new RunningJobs(new Configuration(), directory)) {
            Http http = new Http(jobs.server.url());
            JsonNode graph = http.json(path(http, jobs.start("counts")));
            assertThat(graph.get("endTimestamp").asLong()).isEqualTo(-2);
            assertThat(graph.has("data")).isFalse();
        }
    }
}
