package dev.weir.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Runs commands in this process and keeps what they print and return. */
final class Invocation {
    private final Map<String, String> environment = new HashMap<>();
    private ByteArrayOutputStream out = new ByteArrayOutputStream();
    private ByteArrayOutputStream err = new ByteArrayOutputStream();
    private int code = -1;

    Invocation() {
        // what processes leave behind is not left in the home directory
        environment.put(
                Settings.DATA_DIR, Path.of("target", "data").toAbsolutePath().toString());
    }

    Invocation with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** What the program itself prints to {@code System.out} is kept too. */
    void run(String... args) {
        out = new ByteArrayOutputStream();
        err = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try (PrintStream outStream = new PrintStream(out, true, StandardCharsets.UTF_8);
                PrintStream errStream = new PrintStream(err, true, StandardCharsets.UTF_8)) {
            System.setOut(outStream);
            code = new Main(environment, outStream, errStream).run(withoutServer(args));
        } finally {
            System.setOut(before);
        }
    }

    /** A run tells where its server is, when it has one: sooner or later, as fast as the machine is. */
    private static String[] withoutServer(String... args) {
        if (args.length == 0 || !args[0].equals("run")) {
            return args;
        }
        List<String> changed = new ArrayList<>(List.of(args));
        changed.addAll(1, List.of("-D", "weir.rest.enabled=false"));
        return changed.toArray(String[]::new);
    }

    int code() {
        return code;
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** What is printed but for the line that each job without checkpoints has. */
    String complaints() {
        return err().lines()
                .filter(line -> !line.contains("takes no checkpoints, a restart begins at zero"))
                .collect(Collectors.joining("\n"));
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
