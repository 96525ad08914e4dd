package dev.weir.engine.job;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of a job's one thread beside its tasks: flushes for the buffer timeout, interrupts tasks that are being
 * cancelled, gives up those that do not stop, and declares the end when all threads are gone.
 *
 * <p>Runs no user code, so nothing holds it up.
 */
final class JobSupervisor implements Runnable {
    private final JobExecution job;
    private final JobOptions options;
    private final List<SubtaskExecution> subtasks;
    private final FlushSchedule flushes;

    /** A permit says that something has changed: a cancellation, or a subtask's end. */
    private final Semaphore changes = new Semaphore(0);

    private volatile boolean cancelRequested;

    private @Nullable CancellationTimeoutException givenUp;
    private @Nullable String givenUpSubtask;

    JobSupervisor(JobExecution job, JobOptions options, List<SubtaskExecution> subtasks, FlushSchedule flushes) {
        this.job = job;
        this.options = options;
        this.subtasks = List.copyOf(subtasks);
        this.flushes = flushes;
    }

    /** Any thread. */
    void cancelRequested() {
        cancelRequested = true;
        changes.release();
    }

    /** Any thread. */
    void subtaskEnded() {
        changes.release();
    }

    @Override
    public void run() {
        if (watchUntilCancelled()) {
            subtasks.forEach(SubtaskExecution::startCanceller);
            interruptUntilEnded();
        }
        subtasks.forEach(JobSupervisor::join);
        job.ended(givenUp, givenUpSubtask);
    }

    /** True when the job is being cancelled, false when all subtasks have ended. */
    private boolean watchUntilCancelled() {
        while (!cancelRequested) {
            if (allEnded()) {
                return false;
            }
            awaitChange(flushes.flushDue(System.nanoTime()));
        }
        return true;
    }

    private void interruptUntilEnded() {
        long start = System.nanoTime();
        long interval = Math.max(1_000_000, options.cancellationInterval().toNanos());
        long timeout = options.cancellationTimeout().toNanos();
        long nextInterrupt = interval;
        while (!allEnded()) {
            long elapsed = System.nanoTime() - start;
            if (timeout > 0 && elapsed >= timeout) {
                giveUp(TimeUnit.NANOSECONDS.toMillis(elapsed));
                return;
            }
            if (elapsed >= nextInterrupt) {
                subtasks.forEach(SubtaskExecution::interrupt);
                nextInterrupt = elapsed + interval;
            }
            long wait = nextInterrupt - elapsed;
            awaitChange(timeout > 0 ? Math.min(wait, timeout - elapsed) : wait);
        }
    }

    private void giveUp(long cancellationMillis) {
        long timeoutMillis = options.cancellationTimeout().toMillis();
        for (SubtaskExecution subtask : subtasks) {
            CancellationTimeoutException why = subtask.giveUp(cancellationMillis, timeoutMillis);
            if (why != null) {
                if (givenUp == null) {
                    givenUp = why;
                    givenUpSubtask = subtask.id().toString();
                }
                job.secondary(subtask.id(), why);
            }
        }
    }

    private boolean allEnded() {
        for (SubtaskExecution subtask : subtasks) {
            if (!subtask.state().isTerminal()) {
                return false;
            }
        }
        return true;
    }

    private void awaitChange(long nanosMax) {
        try {
            if (changes.tryAcquire(nanosMax, TimeUnit.NANOSECONDS)) {
                changes.drainPermits();
            }
        } catch (InterruptedException e) {
            // Nobody who knows this thread interrupts it; the loop around looks again.
        }
    }

    private static void join(SubtaskExecution subtask) {
        while (true) {
            try {
                subtask.join();
                return;
            } catch (InterruptedException e) {
                // As above.
            }
        }
    }
}
