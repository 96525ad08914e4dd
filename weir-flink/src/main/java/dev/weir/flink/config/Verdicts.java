package dev.weir.flink.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The verdicts on all keys, as {@code verdicts.txt} has them. */
public final class Verdicts {
    private static final String FILE = "verdicts.txt";
    private final List<Verdict> all;

    private Verdicts(List<Verdict> all) {
        this.all = all;
    }

    /** Reads them; blocks for the class path. */
    public static Verdicts read() {
        InputStream file = Verdicts.class.getResourceAsStream(FILE);
        if (file == null) {
            throw new IllegalStateException("the class path has no " + FILE);
        }
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            List<Verdict> verdicts = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    verdicts.add(verdict(line));
                }
            }
            return new Verdicts(List.copyOf(verdicts));
        } catch (IOException e) {
            throw new UncheckedIOException(FILE + " cannot be read", e);
        }
    }

    private static Verdict verdict(String line) {
        String[] parts = line.strip().split("\\s+", 3);
        if (parts.length < 3) {
            throw new IllegalArgumentException(FILE + ": a line has no verdict, key and reason: " + line);
        }
        return new Verdict(Verdict.Kind.of(parts[0]), parts[1], parts[2].equals(".") ? "" : parts[2]);
    }

    /** In the order of the file. */
    public List<Verdict> all() {
        return all;
    }

    /** The verdict with the longest pattern that fits; empty for a key that Flink does not have, as far as it is known. */
    public Optional<Verdict> of(String key) {
        return all.stream()
                .filter(verdict -> verdict.fits(key))
                .max(Comparator.comparingInt(verdict -> verdict.pattern().length()));
    }
}
