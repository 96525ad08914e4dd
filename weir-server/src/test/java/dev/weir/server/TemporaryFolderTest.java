package dev.weir.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class TemporaryFolderTest {
    @TempDir
    private Path parent;

    /** Makes a folder, says so and waits. */
    static final class Other {
        private Other() {}

        public static void main(String[] args) throws Exception {
            try (TemporaryFolder folder = TemporaryFolder.in(Path.of(args[0]))) {
                System.out.println(folder.path());
                System.in.read();
            }
        }
    }

    @Test
    void thoseOfTheKilledAreDeletedAndThoseOfTheLivingAreNot() throws Exception {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Other.class.getName(),
                        parent.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Path killed;
        try (TemporaryFolder first = TemporaryFolder.in(parent)) {
            killed = Path.of(process.inputReader().readLine());
            Files.writeString(killed.resolve("left"), "behind");
            try (TemporaryFolder second = TemporaryFolder.in(parent)) {
                assertThat(second.path()).isNotEqualTo(first.path());
                assertThat(first.path()).isDirectory();
                assertThat(killed).isDirectory();
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        Path strange = Files.createDirectories(parent.resolve("weir-rest-of-somebody"));
        assertThat(killed).isDirectory();

        TemporaryFolder.in(parent).close();

        assertThat(parent.toFile().list()).containsExactly(String.valueOf(strange.getFileName()));
    }
}
