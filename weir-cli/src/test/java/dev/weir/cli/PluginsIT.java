package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.acme.bucket.BucketFactory;
import org.apache.flink.core.fs.FileSystemFactory;
import org.example.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints through a file system that comes from a folder of plugins. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PluginsIT {
    private static final long RECORDS = 6000;

    @TempDir
    Path dir;

    /** The plugin's jar: its services are nowhere else. */
    private Path plugins() throws IOException {
        Path plugin = Files.createDirectories(dir.resolve("plugins/bucket"));
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put(
                "META-INF/services/" + FileSystemFactory.class.getName(),
                BucketFactory.class.getName().getBytes(StandardCharsets.UTF_8));
        for (String name : List.of("BucketFactory", "Bucket", "Bucket$Entry")) {
            String entry = "org/acme/bucket/" + name + ".class";
            try (InputStream in =
                    Objects.requireNonNull(BucketFactory.class.getClassLoader().getResourceAsStream(entry))) {
                entries.put(entry, in.readAllBytes());
            }
        }
        JarOf.entries(plugin.resolve("bucket.jar"), entries);
        return plugin.getParent();
    }

    private Process start(Path plugins, Path jar, String... options) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("run", "--data-dir", dir.resolve("data").toString()));
        arguments.addAll(List.of("-D", "execution.checkpointing.dir=bucket://" + dir.resolve("store")));
        arguments.addAll(List.of("-D", "execution.checkpointing.incremental=true"));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of(
                "-c", Ledger.class.getName(), jar.toString(), dir.resolve("out").toString()));
        arguments.addAll(List.of(Long.toString(RECORDS), "2000"));
        ProcessBuilder builder = WeirProcess.of(List.of(), arguments)
                .redirectError(dir.resolve("err").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("FLINK_PLUGINS_DIR", plugins.toString());
        return builder.start();
    }

    private List<Path> checkpoints() throws IOException {
        if (!Files.isDirectory(dir.resolve("store"))) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(dir.resolve("store"))) {
            return files.filter(file -> file.endsWith("_metadata")).toList();
        }
    }

    @Test
    void aKilledJobGoesOnFromItsCheckpointsThere() throws Exception {
        Path plugins = plugins();
        Path jar = JarOf.examples(dir, null);
        Process first = start(plugins, jar, "-p", "2");
        try {
            WeirProcess.awaitCheckpoint(first, dir.resolve("data"));
        } finally {
            first.destroyForcibly().waitFor();
        }
        assertThat(checkpoints()).isNotEmpty();

        Process second = start(plugins, jar, "-p", "3");
        WeirProcess.finishes(second, dir.resolve("err"));
        LedgerOutput.check(dir.resolve("out"), RECORDS, "through a plugin");
        assertThat(checkpoints()).as("what a job that has finished leaves").isEmpty();
    }

    @Test
    void withoutThePluginTheSchemeIsNamed() throws Exception {
        Process process = start(Files.createDirectories(dir.resolve("none")), JarOf.examples(dir, null));
        try {
            assertThat(process.waitFor()).isNotZero();
            assertThat(Files.readString(dir.resolve("err"))).contains("scheme 'bucket'");
        } finally {
            process.destroyForcibly();
        }
    }

    /** Where a plugin may not see Flink's own classes, its file system is none. */
    @Test
    void aPluginSeesOfTheClassesAroundItWhatIsConfigured() throws Exception {
        String patterns = "plugin.classloader.parent-first-patterns.";
        Path plugins = plugins();
        Path jar = JarOf.examples(dir, null);
        Process blind = start(plugins, jar, "-D", patterns + "default=java.");
        try {
            assertThat(blind.waitFor()).isNotZero();
            assertThat(Files.readString(dir.resolve("err"))).contains("org/apache/flink/");
        } finally {
            blind.destroyForcibly();
        }
        Process seeing = start(
                plugins,
                jar,
                "-D",
                patterns + "default=java.",
                "-D",
                patterns + "additional=org.apache.flink.;org.slf4j.;org.jspecify.");
        WeirProcess.finishes(seeing, dir.resolve("err"));
    }
}
