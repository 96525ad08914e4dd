package dev.weir.cli;

import java.io.File;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the Log4j configuration of the process before anything logs: the one that is named, else {@code log4j.properties}
 * beside {@code config.yaml}, else a quiet one that writes warnings to stderr. Standard output stays the program's.
 */
final class Logging {
    private static final String PROPERTY = "log4j.configurationFile";
    /** How much of an exception the quiet configuration prints: its message, unless this says otherwise. */
    private static final String THROWABLE = "weir.log.throwable";

    private static final String QUIET = "classpath:dev/weir/cli/log4j2-quiet.properties";

    private Logging() {}

    /**
     * Does so.
     *
     * @param named a configuration, null where none is named
     */
    static void configure(
            @Nullable String named, boolean verbose, @Nullable File confDir, Map<String, String> environment)
            throws UsageException {
        String file = file(named, confDir);
        if (file == null) {
            if (System.getProperty(PROPERTY) == null) {
                System.setProperty(PROPERTY, QUIET);
            }
            if (verbose) {
                System.setProperty(THROWABLE, "full");
            }
            return;
        }
        System.setProperty(PROPERTY, file);
        if (System.getProperty("log.file") == null) {
            // what Flink's own log4j.properties writes to
            System.setProperty(
                    "log.file", new File(environment.getOrDefault("WEIR_LOG_DIR", "."), "weir.log").getPath());
        }
    }

    private static @Nullable String file(@Nullable String named, @Nullable File confDir) throws UsageException {
        if (named != null) {
            File file = new File(named);
            if (!file.isFile()) {
                throw new UsageException("--log-config=" + named + ": no such file");
            }
            return file.getPath();
        }
        File beside = confDir == null ? null : new File(confDir, "log4j.properties");
        return beside != null && beside.isFile() ? beside.getPath() : null;
    }
}
