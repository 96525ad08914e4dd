package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.example.Doubles;
import org.example.Endless;
import org.example.Exits;
import org.example.Fails;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole processes: how they end by signal and what they exit with. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SignalIT {
    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({"INT, 130, cancelling, cancelled", "TERM, 143, suspending, suspended", "HUP, 129, suspending, suspended"
    })
    void aSignalEndsTheJobAndTheProcess(String signal, int code, String doing, String done) throws Exception {
        Process process = start(Endless.class);
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("running");
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            assertThat(process.waitFor()).isEqualTo(code);
            assertThat(err.lines().filter(line -> !line.startsWith("weir: http")))
                    .satisfiesExactly(
                            line -> assertThat(line).contains("a restart begins at zero"),
                            line -> assertThat(line).isEqualTo("weir: " + doing + " the job"),
                            line -> assertThat(line).isEqualTo("weir: " + done));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void theProcessExitsWithTheCommandsCode() throws Exception {
        assertThat(ends(Doubles.class)).isZero();
        assertThat(ends(Fails.class)).isEqualTo(1);
    }

    /** It might be somebody else's program, in a process with many jobs. */
    @Test
    void aProgramThatEndsItsProcessEndsNoJobForGood() throws Exception {
        Process process = start(Exits.class);
        try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
            assertThat(process.waitFor()).isEqualTo(5);
            assertThat(err.lines()).contains("weir: suspending the job");
        } finally {
            process.destroyForcibly();
        }
    }

    private int ends(Class<?> program) throws Exception {
        Process process = start(program);
        try {
            return process.waitFor();
        } finally {
            process.destroyForcibly();
        }
    }

    private Process start(Class<?> program) throws IOException {
        return WeirProcess.of(
                        List.of(),
                        List.of(
                                "run",
                                "-c",
                                program.getName(),
                                JarOf.examples(dir, null).toString()))
                .start();
    }
}
