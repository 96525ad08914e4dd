package dev.weir.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.datastream.api.ExecutionEnvironment;
import org.apache.flink.datastream.impl.ExecutionContextEnvironment;
import org.apache.flink.datastream.impl.ExecutionEnvironmentImpl;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/** One execution of a program on a host, in one mode. Owned by the thread that runs the program. */
public final class Run implements AutoCloseable {
    private static final long SECONDS_MAX = 60;

    private final Host host;
    private final Mode mode;
    private final String id = UUID.randomUUID().toString();
    private @Nullable Path directory;

    Run(Host host, Mode mode) {
        this.host = host;
        this.mode = mode;
    }

    /** Runs the program to its end and gives the lines it wrote, in the order they were written. */
    public static List<String> lines(Program program, Host host, Mode mode) throws Exception {
        try (Run run = new Run(host, mode)) {
            run.bounded(program);
            return run.board().lines();
        }
    }

    /** Gives the program a thread and a limited time. A program that overruns it is interrupted, and the error shows where its job's threads stand. */
    private void bounded(Program program) throws Exception {
        FutureTask<Void> task = new FutureTask<>(() -> {
            program.body().run(this);
            return null;
        });
        Thread thread = new Thread(task, "program " + program.name());
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(SECONDS_MAX, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            AssertionError overrun = new AssertionError("program '" + program.name() + "' on " + host.name()
                    + " did not end: seconds=" + SECONDS_MAX + " at " + mode + "; lines so far: "
                    + board().lines().size() + Stacks.ofTasks());
            thread.interrupt();
            throw overrun;
        } catch (ExecutionException e) {
            ExceptionUtils.rethrowException(e.getCause());
        }
    }

    /** What user functions keep to find {@link #board()} with. */
    public String id() {
        return id;
    }

    public Board board() {
        return Board.of(id);
    }

    public int parallelism() {
        return mode.parallelism();
    }

    public boolean objectReuse() {
        return mode.objectReuse();
    }

    /** A fresh environment with this run's parallelism and object reuse, and no restarts. */
    public StreamExecutionEnvironment env() {
        return env(new Configuration());
    }

    public StreamExecutionEnvironment env(Configuration configuration) {
        return host.environment(complete(configuration));
    }

    /** A fresh environment of the DataStream API V2. Not for concurrent use: Flink finds it by a static. */
    public ExecutionEnvironment envV2() throws Exception {
        Configuration configuration = complete(new Configuration());
        host.configure(configuration);
        ExecutionContextEnvironment.setAsContext(host.executors(), configuration, Run.class.getClassLoader());
        try {
            ExecutionEnvironment env = ExecutionEnvironment.getInstance();
            ((ExecutionEnvironmentImpl) env).setParallelism(mode.parallelism());
            return env;
        } finally {
            ExecutionContextEnvironment.unsetAsContext();
        }
    }

    private Configuration complete(Configuration configuration) {
        mode.configure(configuration);
        if (!configuration.contains(RestartStrategyOptions.RESTART_STRATEGY)) {
            configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        }
        return configuration;
    }

    /** Every element of the stream becomes a result line. */
    public void collect(DataStream<?> stream) {
        collect("", stream);
    }

    /** The same, each line after a prefix. */
    public <T> void collect(String prefix, DataStream<T> stream) {
        stream.sinkTo(sink(prefix));
    }

    /** As {@link #collect(DataStream)} by one subtask, which keeps the order of a stream that has one. */
    public <T> void collectInOrder(DataStream<T> stream) {
        stream.sinkTo(sink("")).setParallelism(1);
    }

    /** A sink whose elements become result lines. */
    public <T> Sink<T> sink(String prefix) {
        return new BoardSink<>(id, prefix);
    }

    /** A result line of the driver. */
    public void line(Object line) {
        board().line(Text.of(line));
    }

    /** Expects the action to fail and makes the root cause a result line. */
    public void failure(Action action) {
        try {
            action.run();
        } catch (Throwable failure) {
            Throwable root = failure;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            ExceptionUtils.rethrowIfFatalError(root);
            line("failed: " + describe(root));
            return;
        }
        line("did not fail");
    }

    /** What cannot be serialized comes back from Flink's cluster as a stand-in that knows the class. */
    private static String describe(Throwable root) {
        if (root instanceof SerializedThrowable standIn) {
            String type = standIn.getOriginalErrorClassName();
            return type + ": " + String.valueOf(root.getMessage()).replace(type + ": ", "");
        }
        return root.getClass().getName() + ": " + root.getMessage();
    }

    /** Something that may throw. */
    @FunctionalInterface
    public interface Action {
        void run() throws Exception;
    }

    /** An empty directory, removed with the run. */
    public Path directory() throws IOException {
        if (directory == null) {
            directory = Files.createTempDirectory("weir-it");
        }
        return directory;
    }

    @Override
    public void close() throws IOException {
        Board.drop(id);
        if (directory != null) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
