package dev.weir.engine.job;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The watch over one run: flushes for the buffer timeout, interrupts tasks that are being cancelled, gives up those that
 * do not stop, and declares the end when all threads are gone.
 *
 * <p>Owned by the supervisor's thread, but for the two methods that say so. Runs no user code.
 */
final class Supervision {
    /** Of {@link #step}: there is nothing left to watch. */
    static final long ENDED = -1;

    private final JobExecution run;
    private final JobSupervisor supervisor;
    private final List<SubtaskExecution> subtasks;
    private final FlushSchedule flushes;
    private volatile boolean cancelRequested;

    private boolean cancelling;
    private long cancelledNanos;
    private long nextInterruptNanos;
    private @Nullable CancellationTimeoutException givenUp;
    private @Nullable String givenUpSubtask;

    Supervision(JobExecution run, JobSupervisor supervisor, List<SubtaskExecution> subtasks, FlushSchedule flushes) {
        this.run = run;
        this.supervisor = supervisor;
        this.subtasks = subtasks;
        this.flushes = flushes;
    }

    /** Any thread. */
    void cancelRequested() {
        cancelRequested = true;
        supervisor.wake();
    }

    /** Any thread. */
    void subtaskEnded() {
        supervisor.wake();
    }

    /** Does what is due. Returns the nanoseconds until the next step, or {@link #ENDED}. */
    long step(long nowNanos) {
        if (!cancelling && cancelRequested) {
            cancelling = true;
            cancelledNanos = nowNanos;
            nextInterruptNanos = intervalNanos();
            subtasks.forEach(SubtaskExecution::startCanceller);
        }
        if (allEnded()) {
            return ENDED;
        }
        return cancelling ? interrupt(nowNanos - cancelledNanos) : flushes.flushDue(nowNanos);
    }

    /** After {@link #step} has returned {@link #ENDED}. */
    void end() {
        subtasks.forEach(Supervision::join);
        run.ended(givenUp, givenUpSubtask);
    }

    private long intervalNanos() {
        return Math.max(1_000_000, supervisor.options().cancellationInterval().toNanos());
    }

    private long interrupt(long elapsedNanos) {
        long timeout = supervisor.options().cancellationTimeout().toNanos();
        if (timeout > 0 && elapsedNanos >= timeout) {
            giveUp(TimeUnit.NANOSECONDS.toMillis(elapsedNanos));
            return ENDED;
        }
        if (elapsedNanos >= nextInterruptNanos) {
            subtasks.forEach(SubtaskExecution::interrupt);
            nextInterruptNanos = elapsedNanos + intervalNanos();
        }
        long wait = nextInterruptNanos - elapsedNanos;
        return timeout > 0 ? Math.min(wait, timeout - elapsedNanos) : wait;
    }

    private void giveUp(long cancellationMillis) {
        long timeoutMillis = supervisor.options().cancellationTimeout().toMillis();
        for (SubtaskExecution subtask : subtasks) {
            CancellationTimeoutException why = subtask.giveUp(cancellationMillis, timeoutMillis);
            if (why != null) {
                if (givenUp == null) {
                    givenUp = why;
                    givenUpSubtask = subtask.id().toString();
                }
                run.secondary(subtask.id(), why);
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

    private static void join(SubtaskExecution subtask) {
        while (true) {
            try {
                subtask.join();
                return;
            } catch (InterruptedException e) {
                // Nobody who knows this thread interrupts it; the loop tries again.
            }
        }
    }
}
