package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.example.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that is killed with SIGKILL at any instant, and started again with the same command, writes what an undisturbed
 * one writes. How often and when is {@code weir.kills} and {@code weir.seed}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class KillIT {
    private static final int KILLS = Integer.getInteger("weir.kills", 4);
    private static final long SEED = Long.getLong("weir.seed", 1);
    private static final int KEYS = 50;
    private static final long RATE = 2000;

    @TempDir
    Path dir;

    @Test
    void whatIsWrittenDoesNotHangOnKills() throws Exception {
        Random random = new Random(SEED);
        long records = 4000 + 1000L * KILLS;
        Path jar = JarOf.examples(dir, null);
        int kills = 0;
        while (true) {
            Process process = start(jar, records);
            try {
                // from before the first checkpoint to well behind it
                boolean ended = kills < KILLS
                        ? process.waitFor(1000 + random.nextInt(3000), TimeUnit.MILLISECONDS)
                        : process.waitFor(5, TimeUnit.MINUTES);
                if (ended) {
                    assertThat(process.exitValue())
                            .as("after " + kills + " kills, seed=" + SEED + ": " + Files.readString(dir.resolve("err")))
                            .isZero();
                    break;
                }
                kills++;
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
        assertThat(kills).as("kills").isPositive();
        check(records, "kills=" + kills + ", seed=" + SEED);
    }

    @Test
    void sigtermSuspendsAndTheSameCommandGoesOn() throws Exception {
        long records = 6000;
        Path jar = JarOf.examples(dir, null);
        Process first = start(jar, records);
        try {
            assertThat(first.waitFor(4, TimeUnit.SECONDS)).isFalse();
            first.destroy();
            assertThat(first.waitFor()).isEqualTo(143);
            assertThat(Files.readString(dir.resolve("err"))).contains("weir: suspended");
        } finally {
            first.destroyForcibly();
        }
        Process second = start(jar, records);
        try {
            assertThat(second.waitFor())
                    .as(Files.readString(dir.resolve("err")))
                    .isZero();
        } finally {
            second.destroyForcibly();
        }
        check(records, "suspended once");
    }

    /** The lines follow from the number of records, each exactly once. */
    private void check(long records, String what) throws IOException {
        List<String> numbered = lines("numbered");
        TreeMap<Long, Long> counts = new TreeMap<>();
        TreeMap<Long, Long> sums = new TreeMap<>();
        List<String> expected = new ArrayList<>();
        for (long number = 0; number < records; number++) {
            counts.merge(number % KEYS, 1L, Long::sum);
            sums.merge(number % KEYS, number, Long::sum);
        }
        counts.forEach((key, count) -> expected.add(key + " has " + count));
        List<String> perKey =
                numbered.stream().filter(line -> line.contains("has")).toList();
        assertThat(perKey).as("timers; " + what).containsExactlyInAnyOrderElementsOf(expected);
        List<String> eachNumber = new ArrayList<>();
        counts.forEach((key, count) -> {
            for (long number = 1; number <= count; number++) {
                eachNumber.add(key + " #" + number);
            }
        });
        assertThat(numbered.stream()
                        .filter(line -> line.contains("#"))
                        .map(line -> line.substring(0, line.indexOf(" = ")))
                        .toList())
                .as("numbers; " + what)
                .containsExactlyInAnyOrderElementsOf(eachNumber);
        assertThat(numbered.stream()
                        .filter(line -> line.contains("#"))
                        .map(line -> line.substring(line.indexOf(" = ") + 3))
                        .map(Long::valueOf)
                        .distinct()
                        .count())
                .as("records; " + what)
                .isEqualTo(records);
        TreeMap<Long, Long> summed = new TreeMap<>();
        for (String line : lines("sums")) {
            String[] parts = line.split(" ");
            summed.merge(Long.valueOf(parts[0]), Long.valueOf(parts[1]), Long::sum);
        }
        assertThat(summed).as("sums of windows; " + what).isEqualTo(sums);
    }

    /** Of the committed files: those in progress have a name with a dot in front. */
    private List<String> lines(String output) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.walk(dir.resolve("out").resolve(output))) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    private Process start(Path jar, long records) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-cp",
                Installation.classpath(),
                Main.class.getName(),
                "run",
                "--data-dir",
                dir.resolve("data").toString(),
                "-c",
                Ledger.class.getName(),
                jar.toString(),
                dir.resolve("out").toString(),
                Long.toString(records),
                Long.toString(RATE));
        File err = dir.resolve("err").toFile();
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(err))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
