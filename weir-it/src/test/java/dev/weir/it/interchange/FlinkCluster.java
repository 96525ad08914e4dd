package dev.weir.it.interchange;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;

/**
 * A standalone cluster of Flink's own: a JobManager and a TaskManager, each a process with the jars of Flink that this
 * process has, and nothing of Weir. What they log is in files of the directory. Owned by one thread.
 */
final class FlinkCluster implements AutoCloseable {
    private final Path directory;
    private final int restPort;
    private final List<Process> processes = new ArrayList<>();

    private FlinkCluster(Path directory, int restPort) {
        this.directory = directory;
        this.restPort = restPort;
    }

    /** Starts both processes and waits until the one has registered with the other. */
    static FlinkCluster start(Path directory, int slots) throws Exception {
        int[] ports = freePorts();
        FlinkCluster cluster = new FlinkCluster(directory, ports[0]);
        cluster.configure(ports[1], slots);
        try {
            CompletableFuture<Void> leads = cluster.launch(
                    "jobmanager", StandaloneSessionClusterEntrypoint.class.getName(), "Starting the resource manager.");
            CompletableFuture<Void> registered = cluster.launch(
                    "taskmanager", TaskManagerRunner.class.getName(), "Successful registration at resource manager");
            leads.get();
            registered.get();
            return cluster;
        } catch (IOException | InterruptedException | ExecutionException e) {
            cluster.close();
            throw e;
        }
    }

    private static int[] freePorts() throws IOException {
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new int[] {one.getLocalPort(), other.getLocalPort()};
        }
    }

    private void configure(int rpcPort, int slots) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(
                directory.resolve("config.yaml"),
                """
                jobmanager.rpc.address: 127.0.0.1
                jobmanager.rpc.port: %d
                jobmanager.bind-host: 127.0.0.1
                rest.address: 127.0.0.1
                rest.bind-address: 127.0.0.1
                rest.port: %d
                taskmanager.host: 127.0.0.1
                taskmanager.bind-host: 127.0.0.1
                taskmanager.numberOfTaskSlots: %d
                taskmanager.cpu.cores: 2
                taskmanager.memory.task.heap.size: 128m
                taskmanager.memory.task.off-heap.size: 0m
                taskmanager.memory.network.min: 64m
                taskmanager.memory.network.max: 64m
                taskmanager.memory.managed.size: 0m
                taskmanager.memory.framework.heap.size: 64m
                taskmanager.memory.framework.off-heap.size: 64m
                taskmanager.memory.jvm-metaspace.size: 128m
                taskmanager.memory.jvm-overhead.min: 64m
                taskmanager.memory.jvm-overhead.max: 64m
                io.tmp.dirs: %s
                """
                        .formatted(rpcPort, restPort, slots, directory));
        Files.writeString(
                directory.resolve("log4j2.properties"),
                """
                rootLogger.level = INFO
                rootLogger.appenderRef.out.ref = out
                appender.out.type = Console
                appender.out.name = out
                appender.out.layout.type = PatternLayout
                appender.out.layout.pattern = %d %-5p %c{1} %m%n%throwable
                """);
    }

    /** Gives a future that completes when the process has logged a line with a text, and fails when it ends. */
    private CompletableFuture<Void> launch(String name, String main, String awaited) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        for (String opened :
                List.of("lang", "net", "io", "nio", "lang.reflect", "text", "time", "util", "util.concurrent")) {
            command.add("--add-opens=java.base/java." + opened + "=ALL-UNNAMED");
        }
        command.addAll(
                List.of("-Dlog4j.configurationFile=" + directory.resolve("log4j2.properties"), "-cp", classPath()));
        command.addAll(List.of(main, "--configDir", directory.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        processes.add(process);
        CompletableFuture<Void> seen = new CompletableFuture<>();
        Path log = directory.resolve(name + ".log");
        Thread reader = new Thread(() -> copy(process, log, seen, awaited), "log of " + name);
        reader.setDaemon(true);
        reader.start();
        return seen;
    }

    private static void copy(Process process, Path log, CompletableFuture<Void> seen, String awaited) {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8);
                var out = Files.newBufferedWriter(log)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.write(line + "\n");
                out.flush();
                if (line.contains(awaited)) {
                    seen.complete(null);
                }
            }
        } catch (IOException e) {
            seen.completeExceptionally(new UncheckedIOException(e));
        }
        seen.completeExceptionally(new IllegalStateException("the process has ended, see " + log));
    }

    /** The jars of this process but Weir's. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith(".jar"))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("weir-"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Sends jobs here, with jars for their classes. */
    Place place(Path... jars) {
        return new Place(
                "flink",
                new Configuration()
                        .set(DeploymentOptions.TARGET, "remote")
                        .set(RestOptions.ADDRESS, "127.0.0.1")
                        .set(RestOptions.PORT, restPort)
                        .set(
                                PipelineOptions.JARS,
                                Arrays.stream(jars)
                                        .map(jar -> jar.toUri().toString())
                                        .toList()));
    }

    @Override
    public void close() throws InterruptedException {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            process.waitFor();
        }
    }
}
