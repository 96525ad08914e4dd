package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard's files and what they read that Flink does not have; what they show is {@link DashboardIT}'s matter. */
class DashboardTest {
    private static final int BYTES_MAX = 200_000;

    @TempDir
    private Path directory;

    private RunningJobs jobs;
    private Http http;

    @BeforeEach
    void start() throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("s3.secret-key", "hidden-1");
        configuration.setString("no.key-of-flink", "x");
        jobs = new RunningJobs(configuration, directory);
        http = new Http(jobs.server.url());
    }

    @AfterEach
    void close() {
        jobs.close();
    }

    private static Path sources() throws URISyntaxException {
        URL index = Objects.requireNonNull(Dashboard.class.getResource("dashboard/index.html"));
        return Path.of(index.toURI()).getParent();
    }

    @Test
    void everyFileIsServedAndAllOfThemAreSmall() throws Exception {
        try (Stream<Path> files = Files.list(sources())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(Dashboard.FILES);
        }
        int bytes = 0;
        for (String file : Dashboard.FILES) {
            Http.Answer answer = http.get("/weir/dashboard/" + file);
            assertThat(answer.status()).as(file).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(Files.readString(sources().resolve(file)));
            assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
            bytes += answer.body().getBytes(StandardCharsets.UTF_8).length;
        }
        assertThat(bytes).isLessThan(BYTES_MAX);
        assertThat(http.get("/").body())
                .isEqualTo(http.get("/weir/dashboard/index.html").body());
    }

    @Test
    void nothingButItsOwnFilesIsRunAndNoMarkupIsMade() throws Exception {
        String policy = http.get("/").header("Content-Security-Policy");

        assertThat(policy)
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'")
                .doesNotContain("unsafe", "http:", "https:", "*");
        for (String file : Dashboard.FILES) {
            assertThat(http.get("/weir/dashboard/" + file).body())
                    .as(file)
                    .doesNotContain("innerHTML", "insertAdjacent", "document.write", "eval(", "style=", "onclick=")
                    .doesNotContainPattern("(src|href)=\"(https?:)?//");
        }
    }

    @Test
    void noOtherFileIsServed() throws Exception {
        for (String path : List.of(
                "/weir/dashboard/",
                "/weir/dashboard/Dashboard.class",
                "/weir/dashboard/..%2Fpackage-info.class",
                "/weir/dashboard/%2e%2e%2fdashboard%2findex.html",
                "/weir/dashboard/nothing.js")) {
            assertThat(http.get(path).status()).as(path).isEqualTo(404);
        }
        assertThat(http.send("POST", "/weir/dashboard/app.js", "x").status()).isNotEqualTo(200);
    }

    @Test
    void withoutTheTokenThePageIsNotShown() throws Exception {
        jobs.close();
        jobs = new RunningJobs(new Configuration().set(ServerOptions.TOKEN, "open-sesame-open-sesame"), directory);
        http = new Http(jobs.server.url());

        assertThat(http.get("/").status()).isEqualTo(401);
        assertThat(http.get("/weir/config").status()).isEqualTo(401);
        assertThat(http.get("/weir/dashboard/app.js").status()).isEqualTo(401);
        assertThat(http.get("/?token=open-sesame-open-sesame").header("Location"))
                .isEqualTo("/");
        assertThat(http.get("/", "Cookie: weir-token=open-sesame-open-sesame").status())
                .isEqualTo(200);
    }

    @Test
    void configurationComesWithVerdictsAndWithoutSecrets() throws Exception {
        assertThat(http.get("/weir/config").body()).doesNotContain("hidden-");
        JsonNode told = http.json("/weir/config");

        assertThat(option(told, "s3.secret-key").get("value").asText()).isEqualTo("******");
        assertThat(option(told, "no.key-of-flink").get("verdict").asText()).isEqualTo("unknown");
        assertThat(option(told, "rest.port").get("value").asText()).isEqualTo("0");
        assertThat(option(told, "rest.port").get("verdict").asText()).isEqualTo("mapped");
        assertThat(told.get("verdicts").findValuesAsText("pattern")).contains("rest.port", "parallelism.default");
    }

    private static JsonNode option(JsonNode told, String key) {
        for (JsonNode option : told.get("options")) {
            if (option.get("key").asText().equals(key)) {
                return option;
            }
        }
        throw new AssertionError(key + " is not told: " + told.get("options"));
    }
}
