package dev.weir.cli;

import dev.weir.cli.OutOfMemory.Budget;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.flink.session.OutOfMemoryListener;
import dev.weir.flink.session.WeirJob;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Ends the process when a budget is used up, with a message: a JVM that is out of memory limps. Nothing is cleaned up, so the
 * same command goes on from the latest checkpoint.
 *
 * <p>Where the heap or metaspace is used up, no code of ours may run any more. The JVM itself ends then and runs a script
 * before, as the launcher told it by its flags; what the script says is written beforehand, and again when it changes. Direct memory
 * is used up without the JVM's notice: then a task fails, and we hear of it. Whether all memory of the process or its container
 * is used up, which the kernel would end with a SIGKILL, is looked at here, by a second thread that may not wait for anything. The first one looks four times a second, the other ten
 * times, or a hundred where little is left.
 */
final class MemoryWatch implements OutOfMemoryListener, AutoCloseable {
    /** The script's path, given by the launcher. */
    private static final String SCRIPT = "weir.oom";

    private static final double FULL = 0.7;

    private final OutOfMemory message;
    private final Supplier<List<WeirJob>> jobs;
    private final Path marks;
    private final PrintStream err;
    private final @Nullable Path script;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "weir-memory"));
    private final CountDownLatch closed = new CountDownLatch(1);
    private int times;
    private boolean checkpointed;
    private String seen = "";

    /**
     * Begins to watch.
     *
     * @param marks a file with a line for each time that the program has run out of memory since a checkpoint of it
     */
    MemoryWatch(OutOfMemory message, Supplier<List<WeirJob>> jobs, Path marks, PrintStream err) {
        this.message = message;
        this.jobs = jobs;
        this.marks = marks;
        this.err = err;
        String path = System.getProperty(SCRIPT);
        this.script = path == null ? null : Path.of(path);
        this.times = 1 + marks();
        write(Budget.HEAP, List.of());
        var unused = thread.scheduleWithFixedDelay(this::look, 250, 250, TimeUnit.MILLISECONDS);
        daemon(this::watchLimits, "weir-memory-limit").start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread daemon = new Thread(task, name);
        daemon.setDaemon(true);
        return daemon;
    }

    private int marks() {
        try {
            return Files.isReadable(marks) ? Files.readAllLines(marks).size() : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private synchronized void look() {
        List<WeirJob> running = running();
        if (!checkpointed
                && running.stream().anyMatch(job -> OutOfMemory.latest(job).isPresent())) {
            checkpointed = true;
            times = 1;
            delete(marks);
        }
        Budget budget = metaspaceIsFull() ? Budget.METASPACE : Budget.HEAP;
        String now = budget + " "
                + running.stream()
                        .map(job -> job.jobId() + "-"
                                + OutOfMemory.latest(job).map(Checkpoint::id).orElse(0L))
                        .toList();
        if (!now.equals(seen)) {
            write(budget, running);
            seen = now;
        }
    }

    private void watchLimits() {
        MemoryInUse use = message.use();
        try {
            while (!closed.await(use.isScarce() ? 10 : 100, TimeUnit.MILLISECONDS)) {
                Budget budget = use.usedUp();
                if (budget != null) {
                    end(budget, running());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<WeirJob> running() {
        return jobs.get().stream()
                .filter(job -> !job.status().isTerminalState())
                .toList();
    }

    private static boolean metaspaceIsFull() {
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            long max = pool.getUsage().getMax();
            if (pool.getName().equals("Metaspace") && max > 0 && pool.getUsage().getCommitted() > FULL * max) {
                return true;
            }
        }
        return false;
    }

    private void write(Budget budget, List<WeirJob> running) {
        if (script == null) {
            return;
        }
        String mark = quoted(marks.toString());
        String text = "cat >&2 <<'END_OF_WEIR'\n" + String.join("\n", message.lines(budget, running, times))
                + "\nEND_OF_WEIR\nmkdir -p \"$(dirname " + mark + ")\"\necho out of memory >>" + mark + "\nrm -f "
                + quoted(script.toString()) + "\n";
        try {
            // the JVM may end at any instruction, and finds the old one then or the new one
            Path next = script.resolveSibling(script.getFileName() + ".next");
            Files.writeString(next, text);
            Files.move(next, script, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LoggerFactory.getLogger(MemoryWatch.class).warn("{} cannot be written", script, e);
        }
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /** Says it and ends the process; whoever comes second waits for the end. */
    @Override
    public synchronized void outOfMemory(OutOfMemoryError error, @Nullable WeirJob job) {
        end(Budget.of(error), job == null ? running() : List.of(job));
    }

    private synchronized void end(Budget budget, List<WeirJob> users) {
        message.lines(budget, users, times).forEach(err::println);
        try {
            Path directory = marks.getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Files.writeString(marks, "out of memory\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            err.println("  " + marks + " cannot be written: " + e);
        }
        if (script != null) {
            delete(script);
        }
        Runtime.getRuntime().halt(ExitCode.OUT_OF_MEMORY);
    }

    @Override
    public void close() {
        thread.shutdownNow();
        closed.countDown();
        synchronized (this) {
            if (script != null) {
                delete(script);
            }
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LoggerFactory.getLogger(MemoryWatch.class).warn("{} cannot be deleted", file, e);
        }
    }
}
