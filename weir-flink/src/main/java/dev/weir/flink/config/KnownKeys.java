package dev.weir.flink.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.FallbackKey;

/**
 * Which keys a configuration can have: those of all options, as {@code keys.txt} has them, since looking through all classes
 * takes a second, and what begins as keys do that others make up.
 */
public final class KnownKeys {
    private static final String FILE = "keys.txt";

    /** Of plugins, of parts of Flink that need not be on the class path, and of what runs beside it. */
    private static final List<String> OTHERS = List.of(
            "metrics.reporter.",
            "traces.reporter.",
            "events.reporter.",
            "external-resource.",
            "table.",
            "sql-client.",
            "sql-gateway.",
            "python.",
            "fs.",
            "s3.",
            "s3a.",
            "gs.",
            "presto.",
            "hadoop.",
            "flink.hadoop.",
            "env.",
            "kubernetes.",
            "yarn.",
            "containerized.",
            "zookeeper.",
            "high-availability.");

    private final NavigableSet<String> keys;

    private KnownKeys(Collection<String> keys) {
        this.keys = new TreeSet<>(keys);
    }

    /** Reads them; blocks for the class path. */
    public static KnownKeys read() {
        InputStream file = KnownKeys.class.getResourceAsStream(FILE);
        if (file == null) {
            throw new IllegalStateException("the class path has no " + FILE);
        }
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            return new KnownKeys(lines.lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(FILE + " cannot be read", e);
        }
    }

    /**
     * What the file has to say for these options: their keys, their old names, and {@code KEY.*} where the parts of a value may
     * have keys of their own.
     */
    public static List<String> of(Map<String, ConfigOption<?>> options) {
        NavigableSet<String> all = new TreeSet<>();
        for (ConfigOption<?> option : options.values()) {
            boolean isMap = isMap(option);
            add(all, option.key(), isMap);
            for (FallbackKey old : option.fallbackKeys()) {
                add(all, old.getKey(), isMap);
            }
        }
        return List.copyOf(all);
    }

    private static void add(Collection<String> all, String key, boolean isMap) {
        all.add(key);
        if (isMap) {
            all.add(key + ".*");
        }
    }

    private static boolean isMap(ConfigOption<?> option) {
        try {
            Method type = ConfigOption.class.getDeclaredMethod("getClazz");
            type.setAccessible(true);
            return Map.class.isAssignableFrom((Class<?>) type.invoke(option));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Flink's options do not tell their type", e);
        }
    }

    /** Whether somebody may read it. */
    public boolean isKnown(String key) {
        if (keys.contains(key) || LegacyKeys.of(key).isPresent() || key.startsWith("$internal.")) {
            return true;
        }
        for (int dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
            if (keys.contains(key.substring(0, dot) + ".*")) {
                return true;
            }
        }
        return OTHERS.stream().anyMatch(key::startsWith);
    }

    /** The key that is most like it. */
    public String nearest(String key) {
        return keys.stream()
                .filter(known -> !known.endsWith("*"))
                .min(Comparator.comparingInt(known -> distance(key, known)))
                .orElse("none");
    }

    /** Levenshtein's: how many letters are to be put in, left out or changed. */
    private static int distance(String some, String other) {
        int[] row = new int[other.length() + 1];
        for (int i = 0; i <= other.length(); i++) {
            row[i] = i;
        }
        for (int i = 1; i <= some.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int changed = diagonal + (some.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }
}
