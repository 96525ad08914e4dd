package dev.weir.cli;

import java.io.File;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.flink.runtime.util.EnvironmentInformation;

/** What is installed: versions and class path. */
final class Installation {
    private Installation() {}

    static String version() {
        String version = Installation.class.getPackage().getImplementationVersion();
        return version == null ? "(unpackaged)" : version;
    }

    static String flinkVersion() {
        return EnvironmentInformation.getVersion();
    }

    /** Absolute, so that it can be used from any directory. */
    static String classpath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> new File(entry).getAbsolutePath())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
