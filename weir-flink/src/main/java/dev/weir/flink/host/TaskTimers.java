package dev.weir.flink.host;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.streaming.runtime.tasks.TimerService;
import org.apache.flink.util.clock.Clock;
import org.apache.flink.util.clock.SystemClock;

/**
 * The processing-time service of one task over the job's shared timer thread. Callbacks only post mails, so one thread
 * serves every task. Once quiesced, timers are accepted and never fire, as Flink's service has it.
 */
final class TaskTimers implements TimerService {
    private final ScheduledExecutorService executor;
    private final Consumer<Throwable> failTask;
    private volatile boolean quiesced;
    private volatile boolean terminated;

    /** @param executor must drop cancelled timers, since user code cancels many */
    TaskTimers(ScheduledExecutorService executor, Consumer<Throwable> failTask) {
        this.executor = executor;
        this.failTask = failTask;
    }

    @Override
    public Clock getClock() {
        return SystemClock.getInstance();
    }

    @Override
    public ScheduledFuture<?> registerTimer(long timestamp, ProcessingTimeCallback callback) {
        // as in Flink: one millisecond later, so that a timer never fires before its time is over
        long now = getCurrentProcessingTime();
        long delay = timestamp >= now ? timestamp - now + 1 : 0;
        return executor.schedule(() -> fire(callback, timestamp), delay, TimeUnit.MILLISECONDS);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(ProcessingTimeCallback callback, long initialDelay, long period) {
        long[] next = {getCurrentProcessingTime() + initialDelay};
        return executor.scheduleAtFixedRate(
                () -> {
                    firePeriodic(callback, next[0]);
                    next[0] += period;
                },
                initialDelay,
                period,
                TimeUnit.MILLISECONDS);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(ProcessingTimeCallback callback, long initialDelay, long period) {
        return executor.scheduleWithFixedDelay(
                () -> firePeriodic(callback, getCurrentProcessingTime()), initialDelay, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public CompletableFuture<Void> quiesce() {
        quiesced = true;
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean isTerminated() {
        return terminated;
    }

    @Override
    public void shutdownService() {
        quiesced = true;
        terminated = true;
    }

    @Override
    public boolean shutdownServiceUninterruptible(long timeoutMs) {
        shutdownService();
        return true;
    }

    private void firePeriodic(ProcessingTimeCallback callback, long timestamp) {
        if (quiesced) {
            // the executor drops a periodic timer that throws
            throw new CancellationException("the task's timers were quiesced");
        }
        fire(callback, timestamp);
    }

    private void fire(ProcessingTimeCallback callback, long timestamp) {
        if (quiesced) {
            return;
        }
        try {
            callback.onProcessingTime(timestamp);
        } catch (Throwable t) {
            // the task may have closed its mailbox since the look above
            if (!quiesced) {
                failTask.accept(t);
            }
        }
    }
}
