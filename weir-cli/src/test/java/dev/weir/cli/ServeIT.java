package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.example.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that serves many jobs, killed, terminated and interrupted. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServeIT extends ProcessTests {
    private static final String TOKEN = "open-sesame-open-sesame";

    /** Half a minute's, so that jobs run as long as they are needed, on a slow machine too. */
    private static final long RECORDS = 30_000;

    private static final long RATE = 1000;

    private final HttpClient http = HttpClient.newHttpClient();

    private record Serving(Process process, String url) {}

    /** Returns when it answers. */
    private Serving serve(String name, String... options) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("serve", "--data-dir", data().toString()));
        arguments.addAll(List.of(
                "-D", "rest.port=18181",
                "-D", "web.submit.enable=true",
                "-D", "weir.rest.token=" + TOKEN,
                "-D", "taskmanager.numberOfTaskSlots=3"));
        arguments.addAll(List.of(options));
        Path err = dir.resolve(name + ".err");
        Process process = start(WeirProcess.of(List.of("-Xshare:auto"), arguments)
                .redirectError(err.toFile())
                .redirectOutput(dir.resolve("out.txt").toFile()));
        try (RandomAccessFile log = new RandomAccessFile(err.toFile(), "r")) {
            while (true) {
                long begin = log.getFilePointer();
                String line = log.readLine();
                if (line == null || log.getFilePointer() == begin + line.length()) {
                    assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
                    log.seek(begin);
                    pause();
                } else if (line.startsWith("weir: http://")) {
                    return new Serving(process, line.substring("weir: ".length()));
                }
            }
        }
    }

    private Path data() {
        return dir.resolve("data");
    }

    private HttpResponse<String> post(Serving serving, String path, String type, byte[] body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(serving.url + path))
                .header("Authorization", "Bearer " + TOKEN)
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Uploads the programs and gives the jar's id. */
    private String upload(Serving serving) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes("--x\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"a.jar\"\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(Files.readAllBytes(jar));
        body.writeBytes("\r\n--x--\r\n".getBytes(StandardCharsets.US_ASCII));
        String answer = post(serving, "jars/upload", "multipart/form-data; boundary=x", body.toByteArray())
                .body();
        return answer.replaceAll("(?s).*/([^/\"]+\\.jar)\".*", "$1");
    }

    private HttpResponse<String> ledger(Serving serving, String jarId, String out, int parallelism) throws Exception {
        String body = "{\"entryClass\":\"" + Ledger.class.getName() + "\",\"parallelism\":" + parallelism
                + ",\"programArgsList\":[\"" + dir.resolve(out) + "\",\"" + RECORDS + "\",\"" + RATE + "\"]}";
        return post(serving, "jars/" + jarId + "/run", "application/json", body.getBytes(StandardCharsets.UTF_8));
    }

    private String flinkRun(Serving serving, String out) throws Exception {
        String address = serving.url.substring("http://".length(), serving.url.length() - 1);
        ProcessBuilder builder = flink(List.of(
                "run",
                "-m",
                address,
                "-d",
                "-c",
                Ledger.class.getName(),
                jar.toString(),
                dir.resolve(out).toString(),
                Long.toString(RECORDS),
                Long.toString(RATE)));
        builder.environment().put("FLINK_REST_CLIENT_HEADERS", "Authorization:Bearer " + TOKEN);
        Process process = start(builder);
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }

    private Invocation weir(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(command, "--data-dir", data().toString()));
        line.addAll(List.of(arguments));
        Invocation invocation = new Invocation();
        invocation.run(line.toArray(String[]::new));
        return invocation;
    }

    /** The ids of the jobs that run. */
    private List<String> running() {
        return weir("list")
                .out()
                .lines()
                .skip(1)
                .map(line -> line.split(" ")[0])
                .toList();
    }

    private void awaitCheckpoints(int jobs) throws InterruptedException {
        while (weir("list")
                        .out()
                        .lines()
                        .filter(line -> line.contains("  RUNNING  ") && !line.endsWith("-"))
                        .count()
                < jobs) {
            pause();
        }
    }

    private void awaitNoJob() throws InterruptedException {
        while (!running().isEmpty()) {
            pause();
        }
    }

    /** Directories of ended jobs go a moment after whoever waits for their end is told. */
    private void awaitKept(int jobs) throws IOException, InterruptedException {
        while (kept().size() > jobs) {
            pause();
        }
    }

    private static void pause() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(50);
    }

    private List<String> kept() throws IOException {
        try (Stream<Path> jobs = Files.list(data().resolve("serve"))) {
            return jobs.filter(Files::isDirectory)
                    .map(job -> String.valueOf(job.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private String err(String name) throws IOException {
        return Files.readString(dir.resolve(name + ".err"));
    }

    @Test
    void aKilledProcessGoesOnWithEveryJob() throws Exception {
        Serving first = serve("first");
        String jarId = upload(first);
        assertThat(flinkRun(first, "by-flink")).contains("Job has been submitted with JobID");
        assertThat(ledger(first, jarId, "by-jar", 2).statusCode()).isEqualTo(200);
        HttpResponse<String> refused = ledger(first, jarId, "too-much", 1);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("needs slots=1 > free=0 of 3");
        awaitCheckpoints(2);
        List<String> jobs = running();
        assertThat(kept()).containsExactlyInAnyOrderElementsOf(jobs);
        assertThat(Files.getPosixFilePermissions(data().resolve("serve"))).hasSize(3);
        for (String job : jobs) {
            assertThat(Files.readString(
                            data().resolve("serve").resolve(job).resolve("job"), StandardCharsets.ISO_8859_1))
                    .doesNotContain(TOKEN);
        }

        Process follower = start(WeirProcess.of(
                        List.of("-XX:TieredStopAtLevel=1"),
                        List.of("logs", "-f", "--data-dir", data().toString(), jobs.get(0)))
                .redirectError(ProcessBuilder.Redirect.INHERIT));
        assertThat(follower.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("weir: " + first.url);

        first.process.destroyForcibly().waitFor();
        follower.getInputStream().transferTo(OutputStream.nullOutputStream());
        assertThat(follower.waitFor()).isZero();
        failsToServe();
        Serving second = serve("second");

        assertThat(err("second").lines().filter(line -> line.startsWith("weir: goes on with job 'ledger', ")))
                .hasSize(2);
        assertThat(running()).containsExactlyInAnyOrderElementsOf(jobs);
        String info = weir("info", jobs.get(0)).out();
        assertThat(info)
                .containsPattern("state +RUNNING since ")
                .containsPattern("restored from +file:" + data() + "/jobs/" + jobs.get(0) + "/.*chk-")
                .containsPattern("web +" + second.url);
        assertThat(weir("logs", jobs.get(0)).out()).contains("weir: goes on with job 'ledger', " + jobs.get(0));
        awaitNoJob();
        LedgerOutput.check(dir.resolve("by-jar"), RECORDS, "run by its jar");
        LedgerOutput.check(dir.resolve("by-flink"), RECORDS, "run by flink run");
        awaitKept(0);
        assertThat(second.process.isAlive()).isTrue();
    }

    /** The jobs are there already when the port turns out to be taken. */
    private void failsToServe() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process process = start(WeirProcess.of(
                            List.of(),
                            List.of(
                                    "serve",
                                    "--data-dir",
                                    data().toString(),
                                    "-D",
                                    "taskmanager.numberOfTaskSlots=3",
                                    "-D",
                                    "rest.bind-port=" + taken.getLocalPort()))
                    .redirectError(dir.resolve("failed.err").toFile()));
            assertThat(process.waitFor()).as(err("failed")).isEqualTo(1);
            assertThat(err("failed")).contains("weir: goes on with job", "weir: no REST server");
        }
    }

    /** The id of the job that a job was upgraded to, which writes where that did. */
    private String upgraded(Serving serving, String job, String out) throws InterruptedException {
        Invocation upgrade = weir(
                "upgrade",
                "-p",
                "1",
                "-c",
                Ledger.class.getName(),
                job,
                jar.toString(),
                dir.resolve(out).toString(),
                Long.toString(RECORDS),
                Long.toString(RATE));
        assertThat(upgrade.code()).as(upgrade.err()).isZero();
        assertThat(running()).hasSize(3).doesNotContain(job);
        String next = upgrade.out().strip().replaceFirst("Job has been submitted with JobID ", "");
        assertThat(running()).contains(next);
        assertThat(weir("info", next).out())
                .containsPattern("restored from +file:.*savepoint-")
                .containsPattern("web +" + serving.url);
        Invocation state = weir("state", next);
        for (int attempt = 0; state.code() != 0 && attempt < 20; attempt++) {
            // its checkpoints come and go each twentieth of a second
            assertThat(state.err()).containsAnyOf("chk-", "has no checkpoint yet");
            pause();
            state = weir("state", next);
        }
        assertThat(state.code()).as(state.err()).isZero();
        return next;
    }

    @Test
    void sigtermSuspendsAllAndCommandsFindThem() throws Exception {
        Serving first = serve("first");
        String jarId = upload(first);
        assertThat(ledger(first, jarId, "suspended", 1).statusCode()).isEqualTo(200);
        assertThat(ledger(first, jarId, "stopped", 1).statusCode()).isEqualTo(200);
        assertThat(ledger(first, jarId, "cancelled", 1).statusCode()).isEqualTo(200);
        awaitCheckpoints(3);
        List<String> jobs = new ArrayList<>(running());
        Invocation unfit = weir("upgrade", jobs.get(0), dir.resolve("no.jar").toString());
        assertThat(unfit.code()).isEqualTo(ExitCode.USAGE);
        unfit = weir("upgrade", "-D", "execution.checkpointing.interval=1x", jobs.get(0), jar.toString());
        assertThat(unfit.code()).isEqualTo(ExitCode.USAGE);
        assertThat(running()).isEqualTo(jobs);
        jobs.set(0, upgraded(first, jobs.get(0), "suspended"));
        assertThat(weir("stop", jobs.get(1)).out()).startsWith("Savepoint completed. Path: ");
        assertThat(weir("cancel", jobs.get(2)).code()).isZero();
        assertThat(weir("top", "--once", "--interval", "0.1", jobs.get(0)).code())
                .isZero();
        awaitKept(1);
        assertThat(kept()).containsExactly(jobs.get(0));

        first.process.destroy();
        assertThat(first.process.waitFor()).as(err("first")).isEqualTo(143);
        assertThat(err("first")).contains("weir: suspended");

        Serving second = serve("second");
        assertThat(err("second")).contains("weir: goes on with job 'ledger', " + jobs.get(0));
        // jars outlive the process
        assertThat(ledger(second, jarId, "again", 2).statusCode()).isEqualTo(200);
        awaitNoJob();
        LedgerOutput.check(dir.resolve("suspended"), RECORDS, "suspended once");
        LedgerOutput.check(dir.resolve("again"), RECORDS, "run by an old jar");
    }

    @Test
    void ctrlCCancelsAllAndNobodyElseServesMeanwhile() throws Exception {
        Serving first = serve("first");
        assertThat(ledger(first, upload(first), "cancelled", 1).statusCode()).isEqualTo(200);
        awaitCheckpoints(1);
        Invocation other = weir("serve");
        assertThat(other.code()).isEqualTo(ExitCode.FAILED);
        assertThat(other.err()).contains("weir: process " + first.process.pid() + " serves " + data() + " already");

        new ProcessBuilder("kill", "-INT", Long.toString(first.process.pid()))
                .start()
                .waitFor();

        assertThat(first.process.waitFor()).as(err("first")).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(err("first")).contains("weir: cancelled");
        assertThat(kept()).isEmpty();
    }
}
