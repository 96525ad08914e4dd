package dev.weir.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** {@code weir} as a process of its own. */
final class WeirProcess {
    private WeirProcess() {}

    /**
     * A process to be started.
     *
     * @param jvm options of the JVM besides those that Flink needs
     * @param arguments of {@code weir}, the command first
     */
    static ProcessBuilder of(List<String> jvm, List<String> arguments) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(jvm);
        line.addAll(List.of(
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-cp",
                Objects.requireNonNull(Installation.classpath()),
                Main.class.getName()));
        line.addAll(arguments);
        return new ProcessBuilder(line);
    }
}
