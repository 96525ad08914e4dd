package dev.weir.bench.run;

import dev.weir.bench.job.Child;
import dev.weir.bench.result.Contender;
import dev.weir.bench.result.Json;
import dev.weir.bench.result.Run;
import dev.weir.bench.result.Task;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Starts a JVM with one of the engines on its class path. */
final class ChildProcess {
    /** What Flink's own scripts open. */
    private static final List<String> OPENS = Stream.of(
                    "lang",
                    "net",
                    "io",
                    "nio",
                    "lang.reflect",
                    "text",
                    "time",
                    "util",
                    "util.concurrent",
                    "util.concurrent.atomic",
                    "util.concurrent.locks")
            .map(name -> "--add-opens=java.base/java." + name + "=ALL-UNNAMED")
            .toList();

    private static final int MINUTES_MAX = 15;

    private final Path lib;
    private final Path baseLib;
    private final Path work;
    private final List<String> jvm;

    /**
     * @param lib the jars of this clone
     * @param baseLib those of the clone to compare with
     * @param work where tasks, runs and logs are left
     * @param jvm options
     */
    ChildProcess(Path lib, Path baseLib, Path work, List<String> jvm) {
        this.lib = lib;
        this.baseLib = baseLib;
        this.work = work;
        this.jvm = jvm;
    }

    /** A process gave no figures. */
    static final class Failed extends Exception {
        Failed(String message) {
            super(message);
        }
    }

    /** Runs tasks of one contender; blocks until the process has ended. */
    List<Run> run(List<Task> tasks, List<String> moreJvm) throws IOException, InterruptedException, Failed {
        Task task = tasks.get(0);
        Path taskFile = work.resolve("task.json");
        Path runFile = work.resolve("run.json");
        Path log = work.resolve(name(task) + ".log");
        Json.write(taskFile, tasks);
        Files.deleteIfExists(runFile);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPENS);
        command.addAll(jvm);
        command.addAll(moreJvm);
        command.addAll(List.of("-cp", classPath(task.contender()), Child.class.getName()));
        command.addAll(List.of(taskFile.toString(), runFile.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
                throw new Failed(name(task) + " runs for minutes>" + MINUTES_MAX + ", see " + log);
            }
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0 || !Files.exists(runFile)) {
            throw new Failed(name(task) + " ended with code=" + process.exitValue() + ", " + log + " says:\n"
                    + Files.readString(log));
        }
        return List.of(Json.read(runFile, Run[].class));
    }

    /** Nothing went wrong: what was left for looking at is not needed. */
    void deleteLogs() throws IOException {
        try (Stream<Path> files = Files.list(work)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(work);
    }

    static String name(Task task) {
        return task.job() + "-" + task.contender().key() + (task.reuse() ? "-reuse" : "");
    }

    /** All jars but those of the other engine: whichever executor for the target local is there runs the program. */
    String classPath(Contender contender) throws IOException {
        Path jars = contender == Contender.BASE ? baseLib : lib;
        try (Stream<Path> files = Files.list(jars)) {
            return files.filter(file -> isFor(contender, file.getFileName().toString()))
                    .sorted()
                    .map(Path::toString)
                    .collect(Collectors.joining(File.pathSeparator));
        }
    }

    private static boolean isFor(Contender contender, String jar) {
        return contender == Contender.FLINK
                ? !jar.startsWith("weir-flink-") && !jar.startsWith("weir-engine-")
                : !jar.startsWith("flink-clients-");
    }
}
