package dev.weir.cli;

import dev.weir.flink.session.WeirJob;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.flink.util.IOUtils;

/**
 * While open, Ctrl-C cancels the process's jobs. Whatever else ends the process, SIGTERM from a service manager, SIGHUP, a
 * program that calls {@code System.exit}, suspends them: the same command goes on with them. The process ends when they have
 * ended, or at the latest after {@value #WAIT_SECONDS_MAX} seconds. The exit code is the JVM's for the signal.
 */
final class EndOnSignal implements AutoCloseable {
    private static final int WAIT_SECONDS_MAX = 30;

    private final Ending ending;
    private final PrintStream err;
    private final AutoCloseable last;
    private final Thread hook = new Thread(this::end, "weir-shutdown");
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicBoolean interrupted;

    /**
     * What is ended.
     *
     * @param cancel ends the jobs for good, without waiting
     * @param suspend ends them such that another process may go on
     */
    record Ending(Supplier<List<WeirJob>> jobs, Runnable cancel, Runnable suspend) {}

    /** @param last closed when the jobs have ended because of a signal, since the JVM then waits for nobody else */
    EndOnSignal(Ending ending, PrintStream err, AutoCloseable last) {
        this.last = last;
        this.ending = ending;
        this.err = err;
        this.interrupted = Interrupts.watch();
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether the process is ending because of a signal, or of a call of {@code System.exit} in the program. */
    boolean begun() {
        return begun.get();
    }

    @Override
    public void close() {
        if (!begun.get()) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                begun.set(true);
            }
        }
    }

    private void end() {
        begun.set(true);
        boolean suspend = !interrupted.get();
        if (suspend) {
            ending.suspend().run();
        } else {
            ending.cancel().run();
        }
        String doing = suspend ? "suspending " : "cancelling ";
        List<WeirJob> jobs = ending.jobs().get();
        long running =
                jobs.stream().filter(job -> !job.status().isTerminalState()).count();
        if (running > 0) {
            err.println("weir: " + doing + (running == 1 ? "the job" : running + " jobs"));
        }
        try {
            CompletableFuture.allOf(jobs.stream().map(WeirJob::result).toArray(CompletableFuture[]::new))
                    .get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
            if (running > 0) {
                err.println(suspend ? "weir: suspended" : "weir: cancelled");
            }
        } catch (TimeoutException e) {
            err.println("weir: given up on jobs that do not end: waitedSeconds=" + WAIT_SECONDS_MAX);
        } catch (InterruptedException | ExecutionException e) {
            err.println("weir: " + doing + "failed: " + e);
        }
        IOUtils.closeQuietly(last);
    }
}
