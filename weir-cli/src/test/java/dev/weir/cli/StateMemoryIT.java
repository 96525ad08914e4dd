package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.example.BlockingShuffle;
import org.example.LargeState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** State and results that are larger than memory, in processes of their own. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class StateMemoryIT {
    private static final int MANAGED_MB = 40;

    /** For what RocksDB does not count, such as what it reads while compacting, and what malloc keeps. */
    private static final int SLACK_MB = 40;

    @TempDir
    Path dir;

    /** By how many megabytes native memory grew. */
    private long growth(int stateMegabytes, String... options) throws Exception {
        List<String> arguments =
                new ArrayList<>(List.of("run", "--data-dir", dir.resolve("data").toString()));
        arguments.addAll(List.of("-D", "weir.rest.enabled=false"));
        arguments.addAll(List.of("-D", "state.backend.type=rocksdb"));
        arguments.addAll(List.of("-D", "taskmanager.memory.managed.size=" + MANAGED_MB + "m"));
        for (String option : options) {
            arguments.addAll(List.of("-D", option));
        }
        arguments.addAll(List.of("-p", "1", "-c", LargeState.class.getName()));
        arguments.add(JarOf.examples(dir, null).toString());
        arguments.add(Integer.toString(stateMegabytes * 1000));
        // a heap that is resident from the start does not grow
        Process process = WeirProcess.of(
                        List.of("-Xms160m", "-Xmx160m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"), arguments)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(out).isZero();
            assertThat(value(out, "scanned megabytes: ")).as("scanned").isPositive();
            return value(out, "native kilobytes: ") / 1024;
        } finally {
            process.destroyForcibly();
        }
    }

    private static long value(String out, String name) {
        return out.lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.substring(name.length())))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void twentyTimesTheMemoryInStateTakesNoMoreThanTheMemory() throws Exception {
        long megabytes = growth(20 * MANAGED_MB);
        System.out.println("native growth of " + 20 * MANAGED_MB + " MB of state: " + megabytes + " MB");
        assertThat(megabytes).isBetween(1L, (long) MANAGED_MB + SLACK_MB);
    }

    /** That the other test would see it. */
    @Test
    void withoutALimitItTakesMore() throws Exception {
        assertThat(growth(
                        5 * MANAGED_MB,
                        "state.backend.rocksdb.memory.managed=false",
                        "state.backend.rocksdb.block.cache-size=256mb"))
                .isGreaterThan(MANAGED_MB + SLACK_MB);
    }

    /** Of a blocking exchange: its reader begins when all has been written. */
    @Test
    void tenTimesTheHeapInABlockingExchangeGoesThroughFiles() throws Exception {
        List<String> arguments =
                new ArrayList<>(List.of("run", "--data-dir", dir.resolve("data").toString()));
        arguments.addAll(List.of("-D", "weir.rest.enabled=false"));
        arguments.addAll(List.of("-D", "io.tmp.dirs=" + dir.resolve("tmp")));
        arguments.addAll(List.of("-D", "taskmanager.memory.network.min=16m"));
        arguments.addAll(List.of("-D", "taskmanager.memory.network.max=16m"));
        arguments.addAll(List.of("-p", "2", "-c", BlockingShuffle.class.getName()));
        arguments.addAll(List.of(JarOf.examples(dir, null).toString(), "1200000", "10"));
        Process process = WeirProcess.of(List.of("-Xmx120m", "-XX:+UseSerialGC"), arguments)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(out).isZero();
            assertThat(value(out, "sum of lengths: ")).isEqualTo(1_200_000_000);
            assertThat(dir.resolve("tmp")).isEmptyDirectory();
        } finally {
            process.destroyForcibly();
        }
    }
}
