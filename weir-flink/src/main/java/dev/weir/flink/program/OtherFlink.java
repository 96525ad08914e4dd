package dev.weir.flink.program;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.jspecify.annotations.Nullable;

/**
 * Recognises, in a failure, a program that was built for another version of Flink or that lacks a part of Flink, and says so
 * in words. Stateless; reads the jar, and so blocks.
 */
public final class OtherFlink {
    private static final Pattern SYMBOL = Pattern.compile("org[./]apache[./]flink[./]([\\w$./]+)");
    private static final int PROPERTIES_BYTES_MAX = 1 << 16;

    /** Packages of Flink artifacts that are not part of the runtime. Their absence says nothing about the version. */
    private static final List<String> OPTIONAL = List.of(
            "connector.",
            "streaming.connectors.",
            "formats.",
            "table.",
            "cep.",
            "state.api.",
            "metrics.",
            "python.",
            "ml.",
            "cdc.",
            "fs.");

    private static final Map<String, String> GONE = Map.of(
            "api.java.ExecutionEnvironment", "the DataSet API was removed in Flink 2.0",
            "api.java.DataSet", "the DataSet API was removed in Flink 2.0",
            "api.java.operators.", "the DataSet API was removed in Flink 2.0",
            "api.java.utils.ParameterTool", "it is org.apache.flink.util.ParameterTool since Flink 2.0",
            "api.scala.", "the Scala APIs were removed in Flink 2.0",
            "streaming.api.scala.", "the Scala APIs were removed in Flink 2.0",
            "streaming.api.functions.source.", "legacy sources moved to package source.legacy in Flink 2.0",
            "streaming.api.functions.sink.", "legacy sinks moved to package sink.legacy in Flink 2.0",
            "streaming.api.windowing.time.Time", "it was replaced by java.time.Duration in Flink 2.0",
            "api.common.time.Time", "it was replaced by java.time.Duration in Flink 2.0");

    private OtherFlink() {}

    /**
     * Looks for the signs of another Flink in a failure.
     *
     * @param failure with its causes
     * @param jar of the program, in which traces of the version are looked for
     * @return one sentence for the user, empty where the failure is of another kind
     */
    public static Optional<String> explain(Throwable failure, Path jar) {
        Throwable each = failure;
        for (int depth = 0; each != null && depth < 100; depth++) {
            String message = each.getMessage();
            boolean absentClass = each instanceof ClassNotFoundException || each instanceof NoClassDefFoundError;
            if (message != null && (absentClass || each instanceof LinkageError)) {
                Matcher symbol = SYMBOL.matcher(message);
                if (symbol.find()) {
                    return Optional.of(sentence(symbol.group(1).replace('/', '.'), message, absentClass, jar));
                }
            }
            each = each.getCause();
        }
        return Optional.empty();
    }

    private static String sentence(String symbol, String message, boolean absentClass, Path jar) {
        if (absentClass && OPTIONAL.stream().anyMatch(symbol::startsWith)) {
            return "the program needs org.apache.flink." + symbol + ", which is in neither " + jar
                    + " nor the runtime: put the Flink artifact that has it into the jar, into lib/, or on -C";
        }
        String version = EnvironmentInformation.getVersion();
        String what = absentClass
                ? "it needs class org.apache.flink." + symbol + ", which Flink " + version + " does not have"
                : "it does not fit Flink " + version + ": " + message;
        String hint = hint(symbol);
        String bundled = bundledVersions(jar);
        return jar + " was built for another version of Flink: " + what
                + (hint == null ? "" : " (" + hint + ")")
                + (bundled == null ? "" : "; the jar bundles parts of Flink " + bundled)
                + ". Rebuild it against Flink " + version;
    }

    private static @Nullable String hint(String symbol) {
        return GONE.entrySet().stream()
                .filter(gone -> symbol.startsWith(gone.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    /** From the Maven descriptors that build tools leave in jars. */
    private static @Nullable String bundledVersions(Path path) {
        TreeSet<String> versions = new TreeSet<>();
        try (JarFile jar = new JarFile(path.toFile(), false, ZipFile.OPEN_READ)) {
            List<? extends ZipEntry> descriptors = jar.stream()
                    .filter(entry -> entry.getName().startsWith("META-INF/maven/org.apache.flink/")
                            && entry.getName().endsWith("/pom.properties"))
                    .limit(100)
                    .toList();
            for (ZipEntry descriptor : descriptors) {
                try (InputStream in = jar.getInputStream(descriptor)) {
                    Properties properties = new Properties();
                    properties.load(new StringReader(
                            new String(in.readNBytes(PROPERTIES_BYTES_MAX), StandardCharsets.ISO_8859_1)));
                    String version = properties.getProperty("version");
                    if (version != null) {
                        versions.add(version);
                    }
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
        return versions.isEmpty() ? null : String.join(", ", versions);
    }
}
