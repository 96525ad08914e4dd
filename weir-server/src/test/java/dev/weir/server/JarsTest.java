package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.testing.wait.Waits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.rest.messages.JobPlanInfo;
import org.apache.flink.runtime.rest.util.RestMapperUtils;
import org.apache.flink.runtime.webmonitor.handlers.JarListInfo;
import org.apache.flink.runtime.webmonitor.handlers.JarRunResponseBody;
import org.apache.flink.runtime.webmonitor.handlers.JarUploadResponseBody;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jars that are uploaded, listed, planned, run and deleted by HTTP, where that is allowed. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class JarsTest {
    private static final String TOKEN = "open-sesame-open-sesame";
    private static final String AUTHORIZATION = "Authorization: Bearer " + TOKEN;
    private static final String JSON = "Content-Type: application/json";
    private static final String FOREVER = "{\"programArgsList\":[\"" + Long.MAX_VALUE + "\"]}";

    @TempDir
    private Path directory;

    private RunningJobs jobs;
    private Http http;
    private Path folder;

    @BeforeEach
    void open() throws Exception {
        jobs = new RunningJobs(
                Uploads.accepted(TOKEN, directory)
                        .set(WebOptions.UPLOAD_DIR, directory.resolve("own").toString()),
                directory);
        http = new Http(jobs.server.url());
        folder = directory.resolve("own/flink-web-upload");
    }

    @AfterEach
    void close() {
        jobs.close();
    }

    private <T> T read(Http.Answer answer, Class<T> type) throws Exception {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return RestMapperUtils.getStrictObjectMapper().readValue(answer.body(), type);
    }

    private Http.Answer post(String path, String body) throws Exception {
        return http.send("POST", path, body, AUTHORIZATION, JSON);
    }

    private List<String> files() throws Exception {
        try (Stream<Path> found = Files.list(folder)) {
            return found.map(each -> String.valueOf(each.getFileName())).toList();
        }
    }

    private WeirJob job(JobID id) {
        return jobs.session.find(id).orElseThrow();
    }

    @Test
    void aJarIsUploadedListedAndDeletedInFlinksJson() throws Exception {
        Http.Answer uploaded = http.send(
                "POST", "/jars/upload", Uploads.body("counts.jar", Uploads.jar()), AUTHORIZATION, Uploads.TYPE);
        JarUploadResponseBody answer = read(uploaded, JarUploadResponseBody.class);
        assertThat(uploaded.json().get("status").asText()).isEqualTo("success");
        assertThat(Path.of(answer.getFilename())).hasParent(folder).exists();

        JarListInfo list = read(http.get("/jars", AUTHORIZATION), JarListInfo.class);
        JsonNode jar = http.get("/v1/jars", AUTHORIZATION).json().get("files").get(0);
        assertThat(list.jarFileList).hasSize(1);
        assertThat(list.jarFileList.get(0).name).isEqualTo("counts.jar");
        assertThat(list.jarFileList.get(0).id).isEqualTo(files().get(0));
        assertThat(jar.get("entry").get(0).get("name").asText()).isEqualTo("org.example.CountsOn");
        assertThat(http.get("/config", AUTHORIZATION)
                        .json()
                        .at("/features/web-submit")
                        .asBoolean())
                .isTrue();

        assertThat(http.send("DELETE", "/jars/" + files().get(0), "", AUTHORIZATION)
                        .status())
                .isEqualTo(200);
        assertThat(files()).isEmpty();
        assertThat(read(http.get("/jars", AUTHORIZATION), JarListInfo.class).jarFileList)
                .isEmpty();
    }

    @Test
    void aPlanIsMadeAndNothingStarted() throws Exception {
        String id = Uploads.upload(http, AUTHORIZATION);

        JsonNode byGet = http.get("/jars/" + id + "/plan?programArg=10&parallelism=2", AUTHORIZATION)
                .json();
        Http.Answer byPost = post("/jars/" + id + "/plan", "{\"programArgsList\":[\"10\"],\"parallelism\":2}");

        assertThat(read(byPost, JobPlanInfo.class)).isNotNull();
        assertThat(byGet.at("/plan/nodes")).isEqualTo(byPost.json().at("/plan/nodes"));
        assertThat(byGet.at("/plan/name").asText()).isEqualTo("counting, main 1");
        assertThat(byGet.at("/plan/nodes/0/parallelism").asInt()).isEqualTo(2);
        assertThat(byGet.at("/plan/nodes/0/description").asText()).contains("count");
        assertThat(jobs.session.jobs()).isEmpty();
        assertThat(http.get("/jars/" + id + "/plan", AUTHORIZATION).status()).isEqualTo(400);
    }

    @Test
    void aProgramRunsEachTimeInAClassLoaderOfItsOwnAndItsJobInAnother() throws Exception {
        String id = Uploads.upload(http, AUTHORIZATION);

        for (int run = 0; run < 2; run++) {
            JobID job = read(
                            post("/jars/" + id + "/run?parallelism=2", "{\"programArgsList\":[\"1000\"]}"),
                            JarRunResponseBody.class)
                    .getJobId();

            // a second main in the same class would count to two; the job's class has seen no main at all
            assertThat(job(job).name()).isEqualTo("counting, main 1");
            assertThat(job(job).result().get().status()).isEqualTo(JobStatus.FINISHED);
            assertThat(job(job).subtasks()).hasSize(2);
        }
    }

    @Test
    void aJobOutlivesItsJar() throws Exception {
        String id = Uploads.upload(http, AUTHORIZATION);
        JobID wanted = new JobID();
        Http.Answer run = post(
                "/jars/" + id + "/run",
                "{\"entryClass\":\"org.example.CountsOn\",\"programArgsList\":[\"" + Long.MAX_VALUE + "\"],\"jobId\":\""
                        + wanted + "\"}");
        assertThat(read(run, JarRunResponseBody.class).getJobId()).isEqualTo(wanted);
        assertThat(http.send("DELETE", "/jars/" + id, "", AUTHORIZATION).status())
                .isEqualTo(200);

        RunningJobs.awaitRunning(job(wanted));

        String savepoint = job(wanted)
                .savepoint(directory.resolve("savepoints").toUri().toString(), SavepointFormatType.CANONICAL)
                .get();
        assertThat(http.send("PATCH", "/jobs/" + wanted, "", AUTHORIZATION).status())
                .isEqualTo(202);
        assertThat(job(wanted).result().get().status()).isEqualTo(JobStatus.CANCELED);

        String again = Uploads.upload(http, AUTHORIZATION);
        JobID restored = read(
                        post(
                                "/jars/" + again + "/run",
                                "{\"savepointPath\":\"" + savepoint + "\",\"programArgsList\":[\"" + Long.MAX_VALUE
                                        + "\"]}"),
                        JarRunResponseBody.class)
                .getJobId();
        // told of by a thread of the job
        while (job(restored).checkpoints().orElseThrow().counts().restored() == 0) {
            Waits.aMoment();
        }
        assertThat(job(restored).checkpoints().orElseThrow().restored())
                .satisfies(from -> assertThat(from.location()).isEqualTo(savepoint));
    }

    @Test
    void whatAProgramIsToBlameForIsTold() throws Exception {
        String id = Uploads.upload(http, AUTHORIZATION);

        Http.Answer noJob = post("/jars/" + id + "/run", "{}");
        Http.Answer failed = post("/jars/" + id + "/run", "{\"programArgsList\":[\"many\"]}");
        Http.Answer noClass = post("/jars/" + id + "/run", "{\"entryClass\":\"org.example.Gone\"}");

        assertThat(noJob.status()).isEqualTo(400);
        assertThat(noJob.body()).contains("is a call of execute() missing?");
        assertThat(failed.status()).isEqualTo(400);
        assertThat(failed.body()).contains("NumberFormatException");
        assertThat(noClass.status()).isEqualTo(400);
        assertThat(noClass.body()).contains("org.example.Gone");
        assertThat(post("/jars/gone.jar/run", FOREVER).status()).isEqualTo(400);
        assertThat(jobs.session.jobs()).isEmpty();
    }

    @Test
    void withoutTheTokenNothingIsTakenOrRun() throws Exception {
        String id = Uploads.upload(http, AUTHORIZATION);

        assertThat(http.send("POST", "/jars/upload", Uploads.body("counts.jar", Uploads.jar()), Uploads.TYPE)
                        .status())
                .isEqualTo(401);
        assertThat(http.send("POST", "/jars/" + id + "/run", FOREVER, JSON).status())
                .isEqualTo(401);
        assertThat(http.get("/jars/" + id + "/plan?programArg=1").status()).isEqualTo(401);
        assertThat(http.send("DELETE", "/jars/" + id, "").status()).isEqualTo(401);
        assertThat(http.send(
                                "POST",
                                "/jars/" + id + "/run",
                                FOREVER,
                                JSON,
                                "Origin: http://evil.example",
                                AUTHORIZATION)
                        .status())
                .isEqualTo(403);
        assertThat(files()).containsExactly(id);
        assertThat(jobs.session.jobs()).isEmpty();
    }

    @Test
    void noNameOfAJarLeavesTheFolder() throws Exception {
        Path secret = Files.writeString(directory.resolve("own/secret.jar"), "for nobody");
        String jar = Uploads.jar();
        for (String name : List.of(
                "../../secret.jar",
                "/../secret.jar",
                "..\\\\secret.jar",
                secret.toString(),
                "..",
                ".",
                "a\0b.jar",
                "x".repeat(300) + ".jar",
                "counts.txt")) {
            Http.Answer answer =
                    http.send("POST", "/jars/upload", Uploads.body(name, jar), AUTHORIZATION, Uploads.TYPE);
            if (answer.status() == 200) {
                assertThat(Path.of(answer.json().get("filename").asText()))
                        .as(name)
                        .hasParent(folder);
            }
        }
        assertThat(secret).hasContent("for nobody");
        assertThat(directory.resolve("secret.jar")).doesNotExist();
        assertThat(files()).isNotEmpty().allMatch(name -> name.endsWith(".jar"));

        for (String id : List.of(
                "..",
                ".",
                "%2e%2e",
                "..%2Fsecret.jar",
                "%2e%2e%2fsecret.jar",
                "..%5Csecret.jar",
                secret.toString().replace("/", "%2F"),
                "a%00.jar",
                "x".repeat(300) + ".jar")) {
            for (Http.Answer answer : List.of(
                    http.send("DELETE", "/jars/" + id, "", AUTHORIZATION),
                    http.send("POST", "/jars/" + id + "/run", FOREVER, AUTHORIZATION, JSON),
                    http.get("/jars/" + id + "/plan", AUTHORIZATION))) {
                assertThat(answer.status()).as(id).isBetween(400, 499);
                assertThat(answer.body()).doesNotContain("for nobody");
            }
        }
        assertThat(secret).exists();
        assertThat(folder).isDirectory();
    }

    @Test
    void nothingLargerThanTheLimitIsTaken() throws Exception {
        assertThat(http.send(
                                "POST",
                                "/jars/upload",
                                Uploads.body("large.jar", "x".repeat(300_001)),
                                AUTHORIZATION,
                                Uploads.TYPE)
                        .status())
                .isEqualTo(413);
        assertThat(files()).isEmpty();
    }
}
