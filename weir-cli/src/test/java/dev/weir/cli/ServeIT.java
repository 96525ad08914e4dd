package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.example.Ledger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that serves many jobs, killed, terminated and interrupted. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServeIT {
    private static final String TOKEN = "open-sesame-open-sesame";

    /** Half a minute's, so that jobs run as long as they are needed, on a slow machine too. */
    private static final long RECORDS = 30_000;

    private static final long RATE = 1000;

    @TempDir
    Path dir;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Process> started = new ArrayList<>();
    private Path jar;

    @BeforeEach
    void pack() throws IOException {
        jar = JarOf.examples(dir, null);
        Files.createDirectories(dir.resolve("conf"));
        Files.writeString(dir.resolve("conf/config.yaml"), "");
    }

    @AfterEach
    void kill() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    private record Serving(Process process, String url) {}

    /** Returns when it answers. */
    private Serving serve(String name, String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("serve", "--data-dir", data().toString()));
        arguments.addAll(List.of(
                "-D", "rest.port=18181",
                "-D", "web.submit.enable=true",
                "-D", "weir.rest.token=" + TOKEN,
                "-D", "taskmanager.numberOfTaskSlots=3"));
        arguments.addAll(List.of(options));
        Path err = dir.resolve(name + ".err");
        Process process = WeirProcess.of(List.of("-Xshare:auto"), arguments)
                .redirectError(err.toFile())
                .redirectOutput(dir.resolve("out.txt").toFile())
                .start();
        started.add(process);
        try (RandomAccessFile log = new RandomAccessFile(err.toFile(), "r")) {
            while (true) {
                long begin = log.getFilePointer();
                String line = log.readLine();
                if (line == null || log.getFilePointer() == begin + line.length()) {
                    assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
                    log.seek(begin);
                    Thread.onSpinWait();
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
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-cp",
                Objects.requireNonNull(Installation.classpath()),
                "org.apache.flink.client.cli.CliFrontend",
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
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().put("FLINK_CONF_DIR", dir.resolve("conf").toString());
        builder.environment().put("FLINK_REST_CLIENT_HEADERS", "Authorization:Bearer " + TOKEN);
        Process process = builder.start();
        started.add(process);
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

    private void awaitCheckpoints(int jobs) {
        while (weir("list")
                        .out()
                        .lines()
                        .filter(line -> line.contains("  RUNNING  ") && !line.endsWith("-"))
                        .count()
                < jobs) {
            Thread.onSpinWait();
        }
    }

    private void awaitNoJob() {
        while (!running().isEmpty()) {
            Thread.onSpinWait();
        }
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

        Process follower = WeirProcess.of(
                        List.of("-XX:TieredStopAtLevel=1"),
                        List.of("logs", "-f", "--data-dir", data().toString(), jobs.get(0)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        started.add(follower);
        assertThat(follower.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("weir: " + first.url);

        first.process.destroyForcibly().waitFor();
        follower.getInputStream().transferTo(OutputStream.nullOutputStream());
        assertThat(follower.waitFor()).isZero();
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
        assertThat(kept()).isEmpty();
        assertThat(second.process.isAlive()).isTrue();
    }

    @Test
    void sigtermSuspendsAllAndCommandsFindThem() throws Exception {
        Serving first = serve("first");
        String jarId = upload(first);
        assertThat(ledger(first, jarId, "suspended", 1).statusCode()).isEqualTo(200);
        assertThat(ledger(first, jarId, "stopped", 1).statusCode()).isEqualTo(200);
        assertThat(ledger(first, jarId, "cancelled", 1).statusCode()).isEqualTo(200);
        awaitCheckpoints(3);
        List<String> jobs = running();
        Invocation upgrade = weir("upgrade", jobs.get(0), jar.toString());
        assertThat(upgrade.code()).isNotZero();
        assertThat(weir("stop", jobs.get(1)).out()).startsWith("Savepoint completed. Path: ");
        assertThat(weir("cancel", jobs.get(2)).code()).isZero();
        assertThat(weir("top", "--once", "--interval", "0.1", jobs.get(0)).code())
                .isZero();
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
