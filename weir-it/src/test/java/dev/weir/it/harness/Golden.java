package dev.weir.it.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.apache.flink.runtime.util.EnvironmentInformation;

/**
 * Flink's stored answer to one program: its lines, sorted unless the program orders them; where they are many, their number
 * and digest. The files are {@code goldens/flink-VERSION/PROGRAM[.pN].txt}.
 */
final class Golden {
    private static final int LINES_MAX = 1500;

    private Golden() {}

    /** The directory of this Flink version's answers below the resources root. */
    static Path directory(Path resources) {
        return resources.resolve("goldens/flink-" + EnvironmentInformation.getVersion());
    }

    static String fileName(Program program, int parallelism) {
        return program.has(Program.Trait.BY_PARALLELISM)
                ? program.name() + ".p" + parallelism + ".txt"
                : program.name() + ".txt";
    }

    /** What the file holds, or would hold, for these lines. */
    static List<String> canonical(Program program, List<String> lines) {
        List<String> ordered = program.has(Program.Trait.ORDERED)
                ? lines
                : lines.stream().sorted().toList();
        long characters = ordered.stream().mapToLong(String::length).sum();
        if (ordered.size() <= LINES_MAX && characters <= 64L * LINES_MAX) {
            return ordered;
        }
        return List.of("lines=" + ordered.size(), "sha256=" + digest(ordered), "first=" + brief(ordered.get(0)));
    }

    static List<String> read(Path directory, Program program, int parallelism) throws IOException {
        Path file = directory.resolve(fileName(program, parallelism));
        if (!Files.exists(file)) {
            throw new IOException("no golden for program '" + program.name() + "': " + file
                    + " is missing; make it with weir-it/goldens make " + program.name());
        }
        return Files.readAllLines(file);
    }

    static void write(Path directory, Program program, int parallelism, List<String> lines) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve(fileName(program, parallelism)), canonical(program, lines));
    }

    private static String brief(String line) {
        return line.length() <= 100 ? line : line.substring(0, 100) + "...";
    }

    private static String digest(List<String> lines) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (String line : lines) {
                sha.update(line.getBytes(StandardCharsets.UTF_8));
                sha.update((byte) '\n');
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
