package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.example.FillsBudgets;
import org.example.TellsMemory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, in an installation of its own that is up to date, and the memory that its JVM may take. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class LauncherIT {
    private static final String GIGABYTE_FLAGS = "-Xmx228170134 -XX:MaxDirectMemorySize=134217728";

    @TempDir
    Path clone;

    private Path dist;

    @BeforeEach
    void install() throws IOException {
        Files.copy(Path.of("..", "weir"), clone.resolve("weir"));
        dist = Files.createDirectories(clone.resolve("weir-cli/target/dist"));
        Files.writeString(dist.resolve("classpath"), Objects.requireNonNull(Installation.classpath()));
        Files.createFile(dist.resolve("stamp"));
    }

    /** What the program prints that tells of its memory. */
    private List<String> run(String... options) throws Exception {
        return output("", List.of(options), TellsMemory.class, "1000000")
                .lines()
                .toList();
    }

    private String output(String jvmOptions, List<String> options, Class<?> program, String... arguments)
            throws Exception {
        List<String> line =
                new ArrayList<>(List.of("bash", clone.resolve("weir").toString(), "run"));
        line.addAll(List.of("--data-dir", clone.resolve("data").toString()));
        line.addAll(options);
        line.addAll(List.of("-c", program.getName(), JarOf.examples(clone, null).toString()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("WEIR_JVM_OPTS", jvmOptions);
        Stream.of("WEIR_HOME", "WEIR_CONF_DIR", "MALLOC_ARENA_MAX").forEach(builder.environment()::remove);
        Path err = clone.resolve("err");
        Process process = builder.redirectError(err.toFile()).start();
        try {
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(out + Files.readString(err)).isZero();
            return out;
        } finally {
            process.destroyForcibly();
        }
    }

    /** As connectors and formats are. */
    @Test
    void jarsInLibAreThereForEveryProgram() throws Exception {
        Path lib = Files.createDirectories(clone.resolve("lib"));
        String greeting =
                "package org.acme.lib; public class Greeting { public static String text() { return \"from lib\"; } }";
        Map<String, String> both = Map.of(
                "org.acme.lib.Greeting",
                greeting,
                "org.acme.program.Greets",
                "package org.acme.program; public class Greets { public static void main(String[] args) throws Exception {"
                        + " System.out.println(org.acme.lib.Greeting.text());"
                        + " throw new IllegalStateException(\"nothing to run\"); } }");
        Files.move(JarOf.sources(clone, "org.acme.lib", both), lib.resolve("greeting.jar"));
        Path program = JarOf.sources(clone, "org.acme.program", both);

        ProcessBuilder builder = new ProcessBuilder(
                "bash",
                clone.resolve("weir").toString(),
                "run",
                "--data-dir",
                clone.resolve("data").toString(),
                "-c",
                "org.acme.program.Greets",
                program.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("WEIR_HOME");
        Process process = builder.redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(out).isNotZero();
        assertThat(out).contains("from lib").contains("nothing to run");
    }

    private List<Path> kept() throws IOException {
        try (var files = Files.list(dist.resolve("jvm-flags"))) {
            return files.toList();
        }
    }

    @Test
    void theJvmHasTheFlagsOfTheConfigurationKeptFromTheFirstTime() throws Exception {
        String[] options = {"-D", "taskmanager.memory.process.size=1g"};
        assertThat(run(options)).contains("-Xmx228170134", "-XX:MaxDirectMemorySize=134217728");
        assertThat(kept()).hasSize(1);

        // what is kept is what is used
        Path file = kept().get(0);
        String text = Files.readString(file);
        assertThat(text).startsWith(GIGABYTE_FLAGS);
        Files.writeString(file, text.replaceFirst("-Xmx228170134", "-Xmx228m"));
        assertThat(run(options)).contains("-Xmx228m");

        // but for no other configuration
        Files.createDirectories(clone.resolve("conf"));
        Files.writeString(clone.resolve("conf/config.yaml"), "taskmanager.memory.process.size: 1728m\n");
        assertThat(run()).contains("-Xmx671088632");
        assertThat(kept()).hasSize(2);
    }

    /** All keyed state and a million records; the most that was resident is what a container would have to hold. */
    @Test
    void aWordCountFitsTheProfileOf256Megabytes() throws Exception {
        Invocation memory = new Invocation();
        memory.run("memory", "--for", "256m");
        String flags = memory.out()
                .lines()
                .filter(line -> line.startsWith("JVM: "))
                .findFirst()
                .orElseThrow()
                .substring(5);

        String out = output(flags, List.of(), TellsMemory.class, "1000000");

        assertThat(figure(out, "VmHWM")).as("resident kilobytes").isBetween(1L, 256L * 1024);
    }

    /** The heap by operator state, managed memory by RocksDB with three times as much, network memory by records of 30 kB. */
    @Test
    void allBudgetsFullAtOnceStayWithinTheProcess() throws Exception {
        List<String> sizes = Stream.of(
                        "memory.process.size=896m",
                        "memory.jvm-metaspace.size=128m",
                        "memory.jvm-overhead.min=128m",
                        "memory.jvm-overhead.max=128m",
                        "memory.framework.heap.size=64m",
                        "memory.framework.off-heap.size=16m",
                        "memory.managed.size=128m",
                        "memory.network.min=64m",
                        "memory.network.max=64m",
                        "network.memory.floating-buffers-per-gate=1500")
                .flatMap(size -> Stream.of("-D", "taskmanager." + size))
                .toList();

        String out = output("", sizes, FillsBudgets.class, "215", "384");

        assertThat(figure(out, "heap")).as("megabytes that live on the heap").isBetween(300L, 496L);
        assertThat(figure(out, "in flight")).as("megabytes in flight").isGreaterThan(20);
        assertThat(figure(out, "VmHWM")).as("resident kilobytes").isBetween(500L * 1024, 896L * 1024);
    }

    private static long figure(String out, String name) {
        return out.lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow(() -> new AssertionError(out));
    }
}
