package dev.weir.flink.coordination;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread on which a job's coordinators are called: first in, first out. It exists from its first task until it
 * is stopped. Thread-safe. A task handed in after the stop is dropped, since nobody is left whom it could concern.
 */
final class CoordinationThread implements Executor {
    private final ThreadPoolExecutor executor;
    private volatile @Nullable Thread thread;

    CoordinationThread(String jobName) {
        executor = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                task -> newThread(task, jobName),
                new ThreadPoolExecutor.DiscardPolicy());
    }

    private Thread newThread(Runnable task, String jobName) {
        Thread created = new Thread(task, "coordination of " + jobName);
        created.setDaemon(true);
        // not the user's: threads that closing a coordinator starts inherit it, and Flink's timer keeps such a thread
        // object for a minute, and with it all classes of a job that has long ended
        created.setContextClassLoader(CoordinationThread.class.getClassLoader());
        thread = created;
        return created;
    }

    @Override
    public void execute(Runnable task) {
        executor.execute(task);
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Runs what is queued, then ends. Does not block. */
    void stop() {
        executor.shutdown();
    }

    /** Interrupts the running task and forgets the queued ones. */
    void stopNow() {
        executor.shutdownNow();
    }

    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return executor.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
