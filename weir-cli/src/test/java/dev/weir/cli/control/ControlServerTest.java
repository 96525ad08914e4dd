package dev.weir.cli.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.cli.control.Announcement.Announced;
import dev.weir.cli.control.Views.Order;
import dev.weir.testing.wait.Waits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ControlServerTest {
    private static final String ID = "0123456789abcdef0123456789abcdef";
    private static final Order PLAIN = new Order(null, null, false, false);

    @TempDir
    Path data;

    private final FakeJob job = new FakeJob(ID, "orders");
    private final Configuration configuration = new Configuration();

    private ControlServer open() {
        return Objects.requireNonNull(ControlServer.open(
                data,
                new JobControl(
                        () -> List.of(job), id -> "key of orders", configuration, FakeJob.RUN, data.resolve("saved"))));
    }

    private ControlClient client() throws ControlException {
        List<ControlClient> all = ControlClient.all(data);
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    @Test
    void aProcessIsFoundWhileItIsOpen() throws Exception {
        assertThat(ControlClient.all(data)).isEmpty();
        try (ControlServer server = open()) {
            assertThat(client().pid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(client().jobs())
                    .containsExactly(
                            new Views.Job(ID, "key of orders", "orders", "RUNNING", false, 1_000_000_000_000L, null));
            assertThat(Files.getPosixFilePermissions(announcement()))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        assertThat(ControlClient.all(data)).isEmpty();
        assertThat(data.resolve("run")).isEmptyDirectory();
    }

    @Test
    void theFileOfADeadProcessIsPassedOverAndDeleted() throws Exception {
        Path stale;
        try (ControlServer server = open()) {
            // nobody has a lock on the copy
            stale = Files.copy(announcement(), data.resolve("run").resolve("1-00000000"));
            assertThat(ControlClient.all(data)).hasSize(1);
        }
        assertThat(stale).doesNotExist();
    }

    @Test
    void twoProcessesOfOneIdAreToldApart() throws Exception {
        try (ControlServer one = open();
                ControlServer other = open()) {
            assertThat(ControlClient.all(data)).hasSize(2);
        }
    }

    @Test
    void ordersReachTheJob() throws Exception {
        try (ControlServer server = open()) {
            assertThat(client().savepoint(ID, new Order("/there", "NATIVE", false, false))
                            .location())
                    .isEqualTo("file:/written");
            client().savepoint(ID, PLAIN);
            client().stop(ID, new Order("s3://b/c", "canonical", true, false));
            client().checkpoint(ID, new Order(null, null, false, true));
            configuration.set(CheckpointingOptions.SAVEPOINT_DIRECTORY, "file:///configured");
            client().stop(ID, PLAIN);
            assertThat(client().cancel(ID, PLAIN).location()).isNull();
        }
        assertThat(job.asked())
                .containsExactly(
                        "savepoint /there NATIVE",
                        "savepoint " + data.resolve("saved").toUri() + " CANONICAL",
                        "stop drain=true s3://b/c CANONICAL",
                        "checkpoint full=true",
                        "stop drain=false null CANONICAL",
                        "cancel");
    }

    @Test
    void aCancellationWithASavepointGivesItsPath() throws Exception {
        try (ControlServer server = open()) {
            assertThat(client().cancel(ID, new Order("/there", null, false, false))
                            .location())
                    .isEqualTo("file:/written");
        }
        assertThat(job.status()).isEqualTo(JobStatus.CANCELED);
    }

    @Test
    void aFailureComesWithItsCauses() throws Exception {
        job.answering(CompletableFuture.failedFuture(new ExecutionException(
                new IllegalStateException("no savepoint", new IOException("no space left on device")))));
        try (ControlServer server = open()) {
            ControlClient client = client();
            assertThatThrownBy(() -> client.savepoint(ID, PLAIN))
                    .isInstanceOf(ControlException.class)
                    .hasMessage("no savepoint; caused by: no space left on device");
        }
    }

    @Test
    void whoIsEndingAnswersFirst() throws Exception {
        CompletableFuture<String> saved = new CompletableFuture<>();
        job.answering(saved);
        ControlServer server = open();
        ControlClient client = client();
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return String.valueOf(client.stop(ID, PLAIN).location());
            } catch (ControlException e) {
                return String.valueOf(e.getMessage());
            }
        });
        while (job.asked().isEmpty()) {
            Waits.aMoment();
        }
        CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
        while (announced() > 0) {
            Waits.aMoment();
        }
        saved.complete("file:/late");
        assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("file:/late");
        closed.get(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /jobs HTTP/1.1\r\n\r\n",
                "GET /jobs HTTP/1.1\r\nAuthorization: Bearer \r\n\r\n",
                "GET /jobs HTTP/1.1\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef01234567\r\n\r\n",
                "POST /jobs/" + ID + "/cancel HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
            })
    void withoutTheTokenNothingIsAnswered(String request) throws Exception {
        try (ControlServer server = open()) {
            assertThat(send(request)).startsWith("HTTP/1.1 401 ").contains("the token is missing or wrong");
        }
        assertThat(job.asked()).isEmpty();
    }

    @Test
    void whatMakesNoSenseIsAnsweredWithAnError() throws Exception {
        try (ControlServer server = open()) {
            String token = "Authorization: Bearer " + announced(data).token() + "\r\n";
            String post = "POST /jobs/" + ID + "/savepoint HTTP/1.1\r\n" + token;
            assertThat(send("GET /jobs HTTP/1.1\r\n" + token + "\r\n")).startsWith("HTTP/1.1 200 ");
            assertThat(send("GET / HTTP/1.1\r\n" + token + "\r\n")).startsWith("HTTP/1.1 404 ");
            assertThat(send("GET /../../etc/passwd HTTP/1.1\r\n" + token + "\r\n"))
                    .startsWith("HTTP/1.1 404 ");
            assertThat(send("DELETE /jobs HTTP/1.1\r\n" + token + "\r\n")).startsWith("HTTP/1.1 405 ");
            assertThat(send("POST /jobs/nope/savepoint HTTP/1.1\r\n" + token + "Content-Length: 2\r\n\r\n{}"))
                    .startsWith("HTTP/1.1 404 ")
                    .contains("no job nope");
            assertThat(send("POST /jobs/" + ID + "/nope HTTP/1.1\r\n" + token + "Content-Length: 2\r\n\r\n{}"))
                    .startsWith("HTTP/1.1 404 ");
            assertThat(send(post + "Content-Length: 0\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            assertThat(send(post + "Content-Length: 4\r\n\r\nnull")).startsWith("HTTP/1.1 400 ");
            assertThat(send(post + "Content-Length: 3\r\n\r\n[1]")).startsWith("HTTP/1.1 400 ");
            assertThat(send(post + "Content-Length: 5\r\n\r\n{\"a\":")).startsWith("HTTP/1.1 400 ");
            assertThat(send(post + "Content-Length: 16\r\n\r\n{\"format\":\"zip\"}"))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("neither CANONICAL nor NATIVE");
            int tooMuch = ControlServer.BODY_BYTES_MAX + 1;
            assertThat(send(post + "Content-Length: " + tooMuch + "\r\n\r\n" + "[".repeat(tooMuch)))
                    .startsWith("HTTP/1.1 413 ");
            assertThat(send(post + "Content-Length: -7\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            assertThat(send("\u0000\u00ff nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            assertThat(job.asked()).isEmpty();
            assertThat(client().jobs()).as("answers still").hasSize(1);
        }
    }

    @Test
    void anEndedJobIsNotCancelled() throws Exception {
        job.in(JobStatus.FINISHED);
        try (ControlServer server = open()) {
            ControlClient client = client();
            assertThatThrownBy(() -> client.cancel(ID, PLAIN)).hasMessageContaining("status=FINISHED");
        }
        assertThat(job.asked()).isEmpty();
    }

    @Test
    void itListensOnLoopbackOnly() throws Exception {
        try (ControlServer server = open()) {
            assertThat(server.address().isLoopbackAddress()).isTrue();
        }
    }

    private Path announcement() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("run"))) {
            return files.findFirst().orElseThrow();
        }
    }

    private int announced() throws IOException {
        return Announcement.live(data).size();
    }

    private static Announced announced(Path data) throws IOException {
        return Announcement.live(data).get(0);
    }

    /** Everything that comes back. */
    private String send(String request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), announced(data).port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(request.replaceFirst("\r\n", "\r\nConnection: close\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(answer);
            return answer.toString(StandardCharsets.ISO_8859_1);
        }
    }
}
