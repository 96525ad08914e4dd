package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.WebOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a page of another site, or somebody on this machine, could try. */
class AttackTest {
    @TempDir
    private Path directory;

    private RunningJobs jobs;
    private Http http;

    private void open(Configuration configuration) throws Exception {
        jobs = new RunningJobs(configuration, directory);
        http = new Http(jobs.server.url());
    }

    @AfterEach
    void close() {
        jobs.close();
    }

    @Test
    void aNameThatWasBoundToThisMachineIsNotServed() throws Exception {
        open(new Configuration().set(RestOptions.ADDRESS, "streams.example"));

        for (String host : List.of(
                "evil.example",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "localhost@evil.example",
                "[::1].x",
                "",
                "-")) {
            assertThat(http.get("/jobs", "Host: " + host).status()).as(host).isEqualTo(403);
        }
        assertThat(http.get("/jobs", "Host: localhost", "Host: evil.example").status())
                .isEqualTo(403);
        for (String host :
                List.of("localhost", "LOCALHOST:1", "127.0.0.1:8081", "[::1]:8081", "streams.example:8081")) {
            assertThat(http.get("/jobs", "Host: " + host).status()).as(host).isEqualTo(200);
        }
    }

    @Test
    void aPageOfAnotherSiteReachesNothing() throws Exception {
        open(new Configuration().set(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN, "https://friend.example"));
        WeirJob job = jobs.start("numbers");
        String cancel = "/jobs/" + job.jobId() + "?mode=cancel";
        String cancelByGet = "/jobs/" + job.jobId() + "/yarn-cancel";
        String savepoint = "/jobs/" + job.jobId() + "/savepoints";

        for (String origin : List.of("http://evil.example", "null", "http://localhost:1", "https://127.0.0.1")) {
            assertThat(http.send("PATCH", cancel, "", "Origin: " + origin).status())
                    .as(origin)
                    .isEqualTo(403);
            assertThat(http.send("POST", savepoint, "{}", "Origin: " + origin).status())
                    .isEqualTo(403);
            assertThat(http.get("/jobs", "Origin: " + origin).status()).isEqualTo(403);
        }
        // an image or a link, which have no origin
        assertThat(http.get(cancelByGet).status()).isEqualTo(403);
        assertThat(http.get(cancelByGet, "Sec-Fetch-Site: cross-site").status()).isEqualTo(403);
        assertThat(http.get(cancelByGet, "Sec-Fetch-Site: none").status()).isEqualTo(403);
        assertThat(http.get(cancelByGet, "Referer: http://evil.example/").status())
                .isEqualTo(403);
        assertThat(http.get("/flink" + cancelByGet).status()).isEqualTo(403);
        assertThat(http.get("/v1" + cancelByGet.replace("-", "%2D")).status()).isEqualTo(403);
        assertThat(job.status()).isEqualTo(JobStatus.RUNNING);
        assertThat(http.get("/jobs", "Origin: https://friend.example").header("Access-Control-Allow-Origin"))
                .isEqualTo("https://friend.example");

        assertThat(http.get(cancelByGet, "Sec-Fetch-Site: same-origin").status())
                .isEqualTo(202);
        assertThat(job.result().get().status()).isEqualTo(JobStatus.CANCELED);
    }

    @Test
    void noPathLeavesTheFolders() throws Exception {
        Path logs = Files.createDirectories(directory.resolve("logs"));
        Files.writeString(logs.resolve("weir.log"), "a line of the log");
        Files.writeString(directory.resolve("secret.txt"), "for nobody");
        open(new Configuration()
                .set(WebOptions.LOG_PATH, logs.resolve("weir.log").toString()));

        assertThat(http.get("/jobmanager/log").body()).isEqualTo("a line of the log");
        assertThat(http.get("/jobmanager/logs/weir.log").body()).isEqualTo("a line of the log");
        for (String path : List.of(
                "/jobmanager/logs/../secret.txt",
                "/jobmanager/logs/..%2Fsecret.txt",
                "/jobmanager/logs/%2e%2e%2fsecret.txt",
                "/jobmanager/logs/..%5Csecret.txt",
                "/taskmanagers/weir/logs/..%2Fsecret.txt",
                "/../secret.txt",
                "/flink/../../secret.txt",
                "/..%2F..%2Fsecret.txt",
                "/flink/..%2F..%2F..%2Fsecret.txt",
                directory.resolve("secret.txt").toString(),
                "/flink//" + directory.resolve("secret.txt"))) {
            Http.Answer answer = http.get(path);
            assertThat(answer.body()).as(path).doesNotContain("for nobody");
            assertThat(answer.status()).as(path).isNotEqualTo(200);
        }
    }

    @Test
    void nothingLargeIsTakenAndNothingUploaded() throws Exception {
        open(new Configuration().set(RestOptions.SERVER_MAX_CONTENT_LENGTH, 10_000));
        WeirJob job = jobs.start("numbers");
        String savepoint = "/jobs/" + job.jobId() + "/savepoints";

        assertThat(http.send("POST", savepoint, " ".repeat(10_001)).status()).isEqualTo(413);
        assertThat(http.raw("POST " + savepoint + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + ("1388\r\n" + " ".repeat(5000) + "\r\n").repeat(3))
                        .status())
                .isEqualTo(413);
        assertThat(http.send("POST", savepoint, "--x--", "Content-Type: multipart/form-data; boundary=x")
                        .status())
                .isEqualTo(403);
        assertThat(http.send("POST", "/jars/upload", "--x--", "Content-Type:  Multipart/Form-Data; boundary=x")
                        .status())
                .isEqualTo(403);
        assertThat(http.get("/jars").status()).isEqualTo(404);
        assertThat(http.send("POST", "/jobs", "{}").status()).isEqualTo(404);
        assertThat(http.send("DELETE", "/cluster", "").status()).isEqualTo(500);
        assertThat(job.status()).isEqualTo(JobStatus.RUNNING);
    }

    @Test
    void withoutTheTokenNothingIsAnswered() throws Exception {
        open(new Configuration().set(ServerOptions.TOKEN, "open-sesame-open-sesame"));

        for (String header : List.of(
                "X: y",
                "Authorization: Bearer open",
                "Authorization: open-sesame-open-sesame",
                "Cookie: weir-token=open",
                "Authorization: Bearer open-sesame-open-sesame2")) {
            assertThat(http.get("/jobs", header).status()).as(header).isEqualTo(401);
        }
        assertThat(http.get("/jobs?token=wrong").status()).isEqualTo(401);
        assertThat(http.get("/flink/").status()).isEqualTo(401);
        assertThat(http.get("/jobs", "Authorization: Bearer open-sesame-open-sesame")
                        .status())
                .isEqualTo(200);
        assertThat(http.get("/jobmanager/config", "Authorization: Bearer open-sesame-open-sesame")
                        .body())
                .contains("weir.rest.token")
                .doesNotContain("sesame");
    }

    @Test
    void aBrowserShowsTheTokenOnce() throws Exception {
        open(new Configuration().set(ServerOptions.TOKEN, "open-sesame-open-sesame"));

        Http.Answer first = http.get("//evil.example/?token=open-sesame-open-sesame");
        assertThat(first.status()).isEqualTo(302);
        assertThat(first.header("Location")).isEqualTo("/evil.example/");
        assertThat(first.header("Set-Cookie"))
                .isEqualTo("weir-token=open-sesame-open-sesame; Path=/; HttpOnly; SameSite=Strict");
        assertThat(http.get("/jobs", "Cookie: a=b; weir-token=open-sesame-open-sesame")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void nothingIsLeftOfAServerThatIsClosed() throws Exception {
        open(new Configuration());
        assertThat(http.get("/flink/").status()).isEqualTo(200);
        Path temporary = Path.of(http.json("/jobmanager/config").findParents("key").stream()
                .filter(entry -> entry.get("key").asText().equals("web.tmpdir"))
                .findFirst()
                .orElseThrow()
                .get("value")
                .asText());
        assertThat(temporary).isDirectory();

        jobs.close();

        assertThat(temporary).doesNotExist();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("weir-rest")) {
                thread.join(30_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }
}
