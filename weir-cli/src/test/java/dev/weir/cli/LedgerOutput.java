package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What {@link org.example.Ledger} must have written in the end, whatever its processes went through. */
final class LedgerOutput {
    private static final int KEYS = 50;

    private LedgerOutput() {}

    /** The lines follow from the number of records, each exactly once. */
    static void check(Path out, long records, String what) throws IOException {
        List<String> numbered = lines(out.resolve("numbered"));
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
        for (String line : lines(out.resolve("sums"))) {
            String[] parts = line.split(" ");
            summed.merge(Long.valueOf(parts[0]), Long.valueOf(parts[1]), Long::sum);
        }
        assertThat(summed).as("sums of windows; " + what).isEqualTo(sums);
        assertThat(lines(out.resolve("pairs")))
                .as("pairs; " + what)
                .containsExactlyInAnyOrderElementsOf(pairs(records));
    }

    /** Each number with those two steps around it, itself included, that stand on every fifth row. */
    private static List<String> pairs(long records) {
        List<String> pairs = new ArrayList<>();
        for (long left = 0; left < records; left++) {
            for (long right = Math.max(left % KEYS, left - 2 * KEYS);
                    right <= left + 2 * KEYS && right < records;
                    right += KEYS) {
                if (right / KEYS % 5 == 0) {
                    pairs.add(left + " " + right);
                }
            }
        }
        return pairs;
    }

    /** Of the committed files: those in progress have a name with a dot in front. */
    private static List<String> lines(Path output) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.walk(output)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }
}
