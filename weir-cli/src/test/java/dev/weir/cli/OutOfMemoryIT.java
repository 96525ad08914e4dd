package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.example.Exhausts;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processes that run out of memory: what they say, what they exit with, and what the same command does then. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class OutOfMemoryIT {
    /** What the JVM itself prints when memory is out: for every thread that dies of it, so as much as there is. */
    private static final Pattern JVM = Pattern.compile("|#.*|Exception: java\\.lang\\.OutOfMemoryError thrown from .*"
            + "|Terminating due to java\\.lang\\.OutOfMemoryError.*");

    @TempDir
    Path dir;

    private Path armed;

    private record Ended(int code, String out, List<String> err) {}

    @BeforeEach
    void arm() throws IOException {
        armed = Files.createFile(dir.resolve("armed"));
    }

    private Ended run(String kind, String when) throws Exception {
        return run(kind, when, "2g", command -> command);
    }

    /**
     * As the launcher starts it.
     *
     * @param size of the process, empty where no key says it
     * @param group changes the command line so that it runs in a control group
     */
    private Ended run(String kind, String when, String size, UnaryOperator<List<String>> group) throws Exception {
        Path err = dir.resolve("err");
        Path script = dir.resolve("script");
        List<String> arguments =
                new ArrayList<>(List.of("run", "--data-dir", dir.resolve("data").toString()));
        if (!size.isEmpty()) {
            arguments.addAll(List.of("-D", "taskmanager.memory.process.size=" + size));
        }
        arguments.addAll(List.of(
                "-D",
                "taskmanager.memory.jvm-metaspace.size=64m",
                "-c",
                Exhausts.class.getName(),
                JarOf.examples(dir, null).toString(),
                kind,
                when,
                armed.toString()));
        ProcessBuilder builder = WeirProcess.of(
                List.of(
                        "-Xmx120m",
                        "-XX:MaxDirectMemorySize=128m",
                        "-XX:MaxMetaspaceSize=64m",
                        "-XX:+DisplayVMOutputToStderr",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-Dweir.oom=" + script,
                        "-XX:OnOutOfMemoryError=test -r '" + script + "' && sh '" + script + "'"),
                arguments);
        Process process = builder.command(group.apply(builder.command()))
                .redirectError(err.toFile())
                .start();
        try {
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ended(process.waitFor(), out, Files.readAllLines(err));
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "heap, heap=120m, state of, taskmanager.memory.process.size=4g",
        "direct, direct memory=128m, direct buffers: , taskmanager.memory.task.off-heap.size=256m",
        "metaspace, metaspace=64m, classes are loaded, taskmanager.memory.jvm-metaspace.size=128m"
    })
    void itSaysWhichBudgetWhoAndWhatToSetAndTheSameCommandGoesOn(
            String kind, String budget, String consumer, String setting) throws Exception {
        Ended first = run(kind, "checkpoint");

        assertThat(first.code()).as("%s", first).isEqualTo(3);
        assertThat(first.err())
                .contains("weir: out of memory: " + budget + " is used up by job 'exhausts'")
                .anyMatch(line -> line.contains(consumer))
                .anyMatch(line -> line.contains("set " + setting))
                .contains("  the same command goes on from the latest checkpoint");
        assertThat(first.err().stream().filter(line -> !JVM.matcher(line).matches()))
                .as("what Weir says, of %s", first)
                .hasSizeLessThanOrEqualTo(8);

        Files.delete(armed);
        Ended second = run(kind, "checkpoint");
        assertThat(second.code()).as("%s", second).isZero();
        assertThat(second.out()).contains("restored", "done");
    }

    @Test
    void nativeMemoryBeyondThatOfTheProcess() throws Exception {
        Ended first = run("native", "checkpoint", "900m", command -> command);

        assertThat(first.code()).as("%s", first).isEqualTo(3);
        assertThat(first.err())
                .contains("weir: out of memory: process=900m is used up by job 'exhausts'")
                .anyMatch(line -> line.matches("  native memory, managed memory and the JVM's own included: .* of .*"))
                .anyMatch(line -> line.startsWith("  set taskmanager.memory."))
                .contains("  the same command goes on from the latest checkpoint");

        Files.delete(armed);
        Ended second = run("native", "checkpoint", "900m", command -> command);
        assertThat(second.code()).as("%s", second).isZero();
        assertThat(second.out()).contains("restored", "done");
    }

    /** Needs the right to make control groups, which root has where they are not mounted read-only. */
    @Test
    void aContainerThatIsUsedUp() throws Exception {
        Path group =
                Path.of("/sys/fs/cgroup/memory/weir-" + ProcessHandle.current().pid());
        assumeThat(group.getParent()).isWritable();
        Files.createDirectory(group);
        try {
            Files.writeString(group.resolve("memory.limit_in_bytes"), "400m");
            Ended ended = run("native", "checkpoint", "", command -> {
                List<String> line = new ArrayList<>(
                        List.of("sh", "-c", "echo $$ >" + group.resolve("cgroup.procs") + " && exec \"$@\"", "sh"));
                line.addAll(command);
                return line;
            });

            assertThat(ended.code()).as("%s", ended).isEqualTo(3);
            assertThat(ended.err())
                    .contains("weir: out of memory: container=400m is used up by job 'exhausts'")
                    .anyMatch(line -> line.contains("give the container 800m"))
                    .contains("  the same command goes on from the latest checkpoint");
        } finally {
            Files.delete(group);
        }
    }

    @Test
    void aCrashLoopIsRecognised() throws Exception {
        assertThat(run("heap", "start").err()).noneMatch(line -> line.contains("in a row"));
        assertThat(run("heap", "start").err()).noneMatch(line -> line.contains("in a row"));
        assertThat(run("heap", "start").err())
                .anyMatch(line -> line.contains("for the 3. time in a row without a checkpoint in between"));
    }
}
