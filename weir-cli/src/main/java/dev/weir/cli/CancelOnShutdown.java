package dev.weir.cli;

import dev.weir.flink.program.ProgramRun;
import dev.weir.flink.session.WeirJob;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * While open, Ctrl-C and SIGTERM cancel the program's jobs and the process ends when they have, or at the latest after
 * {@value #WAIT_SECONDS_MAX} seconds. The exit code is the JVM's for the signal.
 */
final class CancelOnShutdown implements AutoCloseable {
    private static final int WAIT_SECONDS_MAX = 30;

    private final ProgramRun run;
    private final PrintStream err;
    private final Thread hook = new Thread(this::cancel, "weir-shutdown");
    private final AtomicBoolean begun = new AtomicBoolean();

    CancelOnShutdown(ProgramRun run, PrintStream err) {
        this.run = run;
        this.err = err;
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

    private void cancel() {
        begun.set(true);
        run.cancel();
        List<WeirJob> jobs = run.jobs();
        long running =
                jobs.stream().filter(job -> !job.status().isTerminalState()).count();
        if (running > 0) {
            err.println("weir: cancelling " + (running == 1 ? "the job" : running + " jobs"));
        }
        try {
            CompletableFuture.allOf(jobs.stream().map(WeirJob::result).toArray(CompletableFuture[]::new))
                    .get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
            if (running > 0) {
                err.println("weir: cancelled");
            }
        } catch (TimeoutException e) {
            err.println("weir: given up on jobs that do not end: waitedSeconds=" + WAIT_SECONDS_MAX);
        } catch (InterruptedException | ExecutionException e) {
            err.println("weir: cancellation failed: " + e);
        }
    }
}
