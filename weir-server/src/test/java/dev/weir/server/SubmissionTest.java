package dev.weir.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.testing.wait.Waits;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.rest.HttpHeader;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that come over HTTP, where that is allowed. */
class SubmissionTest {
    private static final String TOKEN = "open-sesame-open-sesame";
    private static final String AUTHORIZATION = "Authorization: Bearer " + TOKEN;

    /** What the job of a test has found; static as functions are serialized. */
    private static final AtomicReference<String> FOUND = new AtomicReference<>("");

    @TempDir
    private Path directory;

    private RunningJobs jobs;
    private Http http;

    private static final class ReadsWhatCame extends RichMapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public Long map(Long value) throws Exception {
            ClassLoader loader = getRuntimeContext().getUserCodeClassLoader();
            File cached = getRuntimeContext().getDistributedCache().getFile("words");
            FOUND.set(new String(
                            Objects.requireNonNull(loader.getResourceAsStream("in-the-jar.txt"))
                                    .readAllBytes(),
                            StandardCharsets.UTF_8)
                    + Files.readString(cached.toPath()));
            return value;
        }
    }

    @BeforeEach
    void open() throws Exception {
        jobs = new RunningJobs(Uploads.accepted(TOKEN, directory), directory);
        http = new Http(jobs.server.url());
    }

    @AfterEach
    void close() {
        jobs.close();
    }

    private JobGraph job() throws Exception {
        StreamGraph graph = graph();
        JobGraph job = graph.getJobGraph();
        graph.getUserJars().forEach(job::addJar);
        return job;
    }

    private StreamGraph graph() throws Exception {
        Path jar = directory.resolve("a.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry("in-the-jar.txt"));
            out.write("from the jar, ".getBytes(StandardCharsets.UTF_8));
        }
        Path words = Files.writeString(directory.resolve("words.txt"), "from the cache");
        StreamExecutionEnvironment env = new StreamExecutionEnvironment(new Configuration());
        env.registerCachedFile(words.toUri().toString(), "words");
        env.fromData(1L).map(new ReadsWhatCame()).sinkTo(new DiscardingSink<>());
        StreamGraph graph = env.getStreamGraph();
        graph.addJars(List.of(jar.toUri().toURL()));
        return graph;
    }

    private RestClusterClient<String> client(HttpHeader... headers) throws Exception {
        URI url = URI.create(jobs.server.url());
        RestClusterClient<String> client = new RestClusterClient<>(
                new Configuration()
                        .set(DeploymentOptions.TARGET, "remote")
                        .set(RestOptions.ADDRESS, url.getHost())
                        .set(RestOptions.PORT, url.getPort())
                        .set(RestOptions.RETRY_MAX_ATTEMPTS, 0),
                "weir");
        // it reads them of a variable of its process's environment
        Field field = RestClusterClient.class.getDeclaredField("customHttpHeaders");
        field.setAccessible(true);
        field.set(client, List.of(headers));
        return client;
    }

    private int filesLeft() throws IOException {
        AtomicInteger files = new AtomicInteger();
        Files.walkFileTree(directory.resolve("tmp"), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = file.getFileName().toString();
                if (!name.equals("lock") && !name.startsWith("no-log.")) { // what stands for a log
                    files.incrementAndGet();
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException gone) {
                return FileVisitResult.CONTINUE;
            }
        });
        return files.get();
    }

    @Test
    void flinksClientSubmitsAJobWithItsJarsAndFiles() throws Exception {
        try (RestClusterClient<String> client = client(new HttpHeader("Authorization", "Bearer " + TOKEN))) {
            JobID id = client.submitJob(job()).get(60, SECONDS);

            assertThat(client.requestJobResult(id).get(60, SECONDS).getJobStatus())
                    .contains(JobStatus.FINISHED);
        }
        assertThat(FOUND).hasValue("from the jar, from the cache");
        // what was sent goes as the answer is on its way, jars when the job has ended
        while (filesLeft() > 0) {
            Waits.aMoment();
        }
    }

    /** What {@code flink run} sends. */
    @Test
    void aPlanThatIsNoJobGraphYetIsTaken() throws Exception {
        StreamGraph graph = graph();
        graph.setJobId(new JobID());
        graph.serializeUserDefinedInstances();
        try (RestClusterClient<String> client = client(new HttpHeader("Authorization", "Bearer " + TOKEN))) {
            JobID id = client.submitJob(graph).get(60, SECONDS);

            assertThat(id).isEqualTo(graph.getJobID());
            assertThat(client.requestJobResult(id).get(60, SECONDS).getJobStatus())
                    .contains(JobStatus.FINISHED);
        }
        assertThat(FOUND).hasValue("from the jar, from the cache");
    }

    @Test
    void withoutTheTokenNoJobIsTaken() throws Exception {
        try (RestClusterClient<String> client = client()) {
            JobGraph job = job();
            assertThatThrownBy(() -> client.submitJob(job).get(60, SECONDS)).hasMessageContaining("Failed to submit");
        }
        assertThat(jobs.session.jobs()).isEmpty();
    }

    @Test
    void noNameOfAFileLeavesTheFolder() throws Exception {
        String body = String.join(
                "\r\n",
                "--x",
                "Content-Disposition: form-data; name=\"file_0\"; filename=\"../../../escaped\"",
                "Content-Type: application/octet-stream",
                "",
                "nothing",
                "--x",
                "Content-Disposition: form-data; name=\"request\"",
                "",
                "{\"executionPlanFileName\":\"../../../escaped\",\"jobJarFileNames\":[\"/etc/passwd\"]}",
                "--x--",
                "");

        Http.Answer answer =
                http.send("POST", "/jobs", body, AUTHORIZATION, "Content-Type: multipart/form-data; boundary=x");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("the request has no file '../../../escaped'");
        Path temporary = directory.resolve("tmp");
        assertThat(temporary.resolve("escaped")).doesNotExist();
        try (var servers = Files.list(temporary)) {
            assertThat(servers).isNotEmpty().allSatisfy(server -> {
                assertThat(server.resolve("escaped")).doesNotExist();
                assertThat(server.resolve("upload/flink-web-upload/escaped")).doesNotExist();
            });
        }
    }

    @Test
    void uploadsAreLimitedAndGoNowhereElse() throws Exception {
        String multipart = "Content-Type: multipart/form-data; boundary=x";
        assertThat(http.send("POST", "/jobs", "x".repeat(300_001), AUTHORIZATION, multipart)
                        .status())
                .isEqualTo(413);
        assertThat(http.send("POST", "/jobs/" + new JobID() + "/savepoints", "--x--", AUTHORIZATION, multipart)
                        .status())
                .isEqualTo(403);
        assertThat(http.send("POST", "/jars/x.jar/run", "--x--", AUTHORIZATION, multipart)
                        .status())
                .isEqualTo(403);
    }
}
