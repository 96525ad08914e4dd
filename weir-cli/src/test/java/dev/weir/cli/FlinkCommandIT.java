package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.example.Endless;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Flink's own command line, told the address of a process of {@code weir run}. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FlinkCommandIT extends ProcessTests {
    @Test
    void jobsAreListedSavedStoppedAndCancelled() throws Exception {
        Running first = endless();
        String list = flink(0, "list", "-m", first.address);
        assertThat(list).contains(" : endless (RUNNING)");
        String id = list.substring(list.indexOf(" : endless") - 32, list.indexOf(" : endless"));

        assertThat(flink(
                        0,
                        "savepoint",
                        "-m",
                        first.address,
                        id,
                        dir.resolve("saved").toString()))
                .contains("Savepoint completed. Path: file:" + dir.resolve("saved"));
        assertThat(flink(0, "checkpoint", "-m", first.address, id)).contains("Checkpoint 2 for job " + id);
        assertThat(flink(1, "cancel", "-m", first.address, "0".repeat(32))).contains("0".repeat(32));
        // without a directory, into the data directory
        assertThat(flink(0, "stop", "-m", first.address, id))
                .contains("Savepoint completed. Path: file:" + dir.resolve("data/savepoints"));
        assertThat(first.process.waitFor()).isZero();

        Running second = endless();
        flink(0, "cancel", "-m", second.address, id(second));
        assertThat(second.process.waitFor()).isZero();
    }

    private String id(Running process) throws Exception {
        String list = flink(0, "list", "-m", process.address);
        return list.substring(list.indexOf(" : endless") - 32, list.indexOf(" : endless"));
    }

    private record Running(Process process, String address) {}

    private Running endless() throws IOException {
        ProcessBuilder builder = WeirProcess.of(
                List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1"),
                List.of("run", "-D", "rest.port=18081", "-c", Endless.class.getName(), jar.toString()));
        builder.environment().put(Settings.DATA_DIR, dir.resolve("data").toString());
        Process process = start(builder);
        BufferedReader err = process.errorReader(StandardCharsets.UTF_8);
        String line = err.readLine();
        while (!line.startsWith("weir: http://")) {
            line = err.readLine();
        }
        // where the server is may be told before the job runs
        assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("running");
        return new Running(process, line.substring("weir: http://".length(), line.length() - 1));
    }

    /** What Flink's command prints, on both streams. */
    private String flink(int code, String... arguments) throws Exception {
        Process process = start(flink(List.of(arguments)));
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(out).isEqualTo(code);
        return out;
    }
}
