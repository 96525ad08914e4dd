package dev.weir.it.examples;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One process of {@code weir run} on the examples' jar, which is unmodified. */
final class Example implements AutoCloseable {
    static final Path JAR = Path.of("target/examples/flink-examples-streaming-2.3.0.jar");
    private static final String PACKAGE = "org.apache.flink.streaming.examples.";
    private static final Pattern SUBTASK = Pattern.compile("^\\d+> ");

    private final Process process;
    private final BufferedReader out;
    private final Path err;

    private Example(Process process, Path err) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.err = err;
    }

    /**
     * Starts an example at parallelism 1.
     *
     * @param work where standard error and class path additions go
     * @param host what stands on Weir's own class path besides, or nothing
     * @param options of {@code weir run}
     */
    static Example start(String name, Path work, List<Path> host, List<String> options, String... arguments)
            throws IOException {
        StringBuilder classpath = new StringBuilder(System.getProperty("java.class.path"));
        host.forEach(entry -> classpath.append(File.pathSeparator).append(entry));
        Path err = work.resolve("stderr");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-cp",
                classpath.toString(),
                "dev.weir.cli.Main",
                "run",
                "-p",
                "1"));
        command.addAll(options);
        command.addAll(List.of("-c", PACKAGE + name, JAR.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder process = new ProcessBuilder(command).redirectError(err.toFile());
        process.environment().put("WEIR_DATA_DIR", work.resolve("data").toString());
        return new Example(process.start(), err);
    }

    static Example start(String name, Path work, String... arguments) throws IOException {
        return start(name, work, List.of(), List.of(), arguments);
    }

    /** The next line of standard output without the subtask's number; null at the end. Blocks. */
    @Nullable
    String line() {
        try {
            String line = out.readLine();
            return line == null ? null : SUBTASK.matcher(line).replaceFirst("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next lines that match, fewer where the output ends before. */
    List<String> lines(Pattern pattern, int count) {
        List<String> found = new ArrayList<>();
        for (String line = line(); line != null; line = line()) {
            if (pattern.matcher(line).matches()) {
                found.add(line);
                if (found.size() == count) {
                    break;
                }
            }
        }
        return found;
    }

    /** All that is left, sorted. Blocks until the process has closed its output. */
    List<String> sorted() {
        List<String> lines = new ArrayList<>();
        for (String line = line(); line != null; line = line()) {
            lines.add(line);
        }
        return lines.stream().sorted().toList();
    }

    int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    /** As a service's owner stops it. */
    void terminate() {
        process.destroy();
    }

    String errors() throws IOException {
        return Files.readString(err);
    }

    @Override
    public void close() throws InterruptedException, IOException {
        process.destroyForcibly().waitFor();
        out.close();
    }
}
