package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.testing.wait.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** {@code weir} as a process of its own. */
final class WeirProcess {
    private WeirProcess() {}

    /**
     * A process to be started.
     *
     * @param jvm options of the JVM besides those that Flink needs
     * @param arguments of {@code weir}, the command first
     */
    static ProcessBuilder of(List<String> jvm, List<String> arguments) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(jvm);
        line.addAll(List.of(
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-cp",
                Objects.requireNonNull(Installation.classpath()),
                Main.class.getName()));
        line.addAll(arguments);
        return new ProcessBuilder(line);
    }

    /** Waits for a process that is to end well; {@code err} is what it prints. */
    static void finishes(Process process, Path err) throws IOException, InterruptedException {
        try {
            assertThat(process.waitFor()).as(Files.readString(err)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Waits until a job of a process has a checkpoint to go on from. */
    static void awaitCheckpoint(Process process, Path data) throws IOException {
        while (process.isAlive() && !hasCheckpoint(data)) {
            Waits.aMoment();
        }
    }

    private static boolean hasCheckpoint(Path data) throws IOException {
        if (!Files.isDirectory(data.resolve("jobs"))) {
            return false;
        }
        try (Stream<Path> jobs = Files.list(data.resolve("jobs"))) {
            for (Path job : jobs.toList()) {
                Path file = job.resolve("job");
                if (Files.exists(file) && Files.readString(file).contains("\ncheckpoint ")) {
                    return true;
                }
            }
        }
        return false;
    }
}
