package dev.weir.engine.job;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A job's one thread beside its tasks. It watches over every run of the job, see {@link Supervision}, whatever regions
 * these are of, and ends when it is closed and no run is left.
 *
 * <p>Runs no user code, so nothing holds it up. Thread-safe.
 */
public final class JobSupervisor implements AutoCloseable {
    private final JobOptions options;
    private final List<Supervision> supervisions = new CopyOnWriteArrayList<>();

    /** A permit says that something has changed: a new run, a cancellation, a subtask's end, the job's end. */
    private final Semaphore changes = new Semaphore(0);

    private volatile boolean closed;

    private JobSupervisor(JobOptions options) {
        this.options = options;
    }

    /** Starts the thread, a daemon. */
    public static JobSupervisor start(String jobName, JobOptions options) {
        JobSupervisor supervisor = new JobSupervisor(options);
        new JobThreads(options.contextClassLoader())
                .create("Supervisor of " + jobName, supervisor::watch)
                .start();
        return supervisor;
    }

    JobOptions options() {
        return options;
    }

    void add(Supervision supervision) {
        supervisions.add(supervision);
        wake();
    }

    void wake() {
        changes.release();
    }

    /** There will be no more runs. Does not block. */
    @Override
    public void close() {
        closed = true;
        wake();
    }

    private void watch() {
        while (!closed || !supervisions.isEmpty()) {
            awaitChange(step());
        }
    }

    /** Returns the nanoseconds until the next step. */
    private long step() {
        long wait = Long.MAX_VALUE;
        List<Supervision> ended = new ArrayList<>();
        for (Supervision supervision : supervisions) {
            long next = supervision.step(System.nanoTime());
            if (next == Supervision.ENDED) {
                ended.add(supervision);
            } else {
                wait = Math.min(wait, next);
            }
        }
        supervisions.removeAll(ended);
        ended.forEach(Supervision::end);
        // the end of one may close this
        return ended.isEmpty() ? wait : 0;
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
}
