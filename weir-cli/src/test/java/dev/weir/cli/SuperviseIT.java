package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.example.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A supervised process that dies is started again, and what it writes does not show it. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SuperviseIT {
    private static final Path SCRIPT = Path.of("src/main/sh/supervise").toAbsolutePath();
    private static final long RECORDS = 8000;
    private static final long RATE = 2000;

    @TempDir
    Path dir;

    private Process supervise(Map<String, String> environment, List<String> command) throws IOException {
        List<String> line = new ArrayList<>(List.of(SCRIPT.toString()));
        line.addAll(command);
        File err = dir.resolve("err").toFile();
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.appendTo(err))
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(dir.resolve("stdout").toFile()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private String err() throws IOException {
        return Files.readString(dir.resolve("err"));
    }

    private Process superviseLedger(long records) throws Exception {
        List<String> arguments = List.of(
                "run",
                "--data-dir",
                dir.resolve("data").toString(),
                "--fresh",
                "-c",
                Ledger.class.getName(),
                JarOf.examples(dir, null).toString(),
                dir.resolve("out").toString(),
                Long.toString(records),
                Long.toString(RATE));
        // deaths are quick here, and not for ever
        return supervise(
                Map.of("WEIR_CRASH_SECONDS", "0"),
                WeirProcess.of(List.of(), arguments).command());
    }

    @Test
    void whatIsKilledGoesOnByItself() throws Exception {
        Random random = new Random(7);
        Process supervisor = superviseLedger(RECORDS);
        try {
            int kills = 0;
            while (kills < 3 && !supervisor.waitFor(1500 + random.nextInt(1500), TimeUnit.MILLISECONDS)) {
                for (ProcessHandle child : supervisor.children().toList()) {
                    kills += child.destroyForcibly() ? 1 : 0;
                }
            }
            assertThat(supervisor.waitFor(3, TimeUnit.MINUTES)).isTrue();

            assertThat(supervisor.exitValue()).as(err()).isZero();
            assertThat(err()).contains("weir: the process was killed; restart " + kills);
            LedgerOutput.check(dir.resolve("out"), RECORDS, "kills=" + kills);
        } finally {
            supervisor.descendants().forEach(ProcessHandle::destroyForcibly);
            supervisor.destroyForcibly();
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143, suspended", "INT, 130, cancelled"})
    void signalsArePassedOnAndAreTheEnd(String signal, int status, String done) throws Exception {
        Process supervisor = superviseLedger(100 * RECORDS);
        try {
            WeirProcess.awaitCheckpoint(supervisor, dir.resolve("data"));
            new ProcessBuilder("kill", "-" + signal, Long.toString(supervisor.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();

            assertThat(supervisor.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(supervisor.exitValue()).isEqualTo(status);
            assertThat(err()).contains("weir: " + done).doesNotContain("restart 1");
        } finally {
            supervisor.descendants().forEach(ProcessHandle::destroyForcibly);
            supervisor.destroyForcibly();
        }
    }

    @Test
    void whatDiesAtOnceIsGivenUp() throws Exception {
        Process supervisor = supervise(Map.of(), List.of("bash", "-c", "echo $WEIR_RESTARTS; kill -9 $$"));

        assertThat(supervisor.waitFor(1, TimeUnit.MINUTES)).isTrue();

        assertThat(supervisor.exitValue()).isEqualTo(137);
        assertThat(Files.readAllLines(dir.resolve("stdout"))).containsExactly("0", "1", "2");
        assertThat(err()).contains("weir: the process was killed 3 times in a row within 10 s of its start: given up");
    }

    @Test
    void otherEndsAreTheEnd() throws Exception {
        for (int status : new int[] {0, 1, 2, 130, 143}) {
            Process supervisor = supervise(Map.of(), List.of("bash", "-c", "exit " + status));
            assertThat(supervisor.waitFor()).isEqualTo(status);
        }
        assertThat(err()).isEmpty();
    }
}
