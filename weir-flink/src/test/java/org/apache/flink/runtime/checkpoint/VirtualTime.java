package org.apache.flink.runtime.checkpoint;

import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.util.clock.Clock;
import org.apache.flink.util.concurrent.ScheduledExecutor;

/** Flink's clock and executors on one thread, with a time that a test moves. */
final class VirtualTime extends Clock implements ScheduledExecutor {

    private final PriorityQueue<Task<?>> tasks = new PriorityQueue<>();
    private long nowMillis;
    private long sequence;

    VirtualTime(long nowMillis) {
        this.nowMillis = nowMillis;
    }

    /** Moves to a time, and runs all that is due up to and at that time. */
    void moveTo(long millis) {
        while (!tasks.isEmpty() && tasks.peek().dueMillis <= millis) {
            Task<?> next = tasks.poll();
            nowMillis = Math.max(nowMillis, next.dueMillis);
            next.run();
        }
        nowMillis = millis;
    }

    private <V> ScheduledFuture<V> add(Callable<V> callable, long delayMillis) {
        Task<V> task = new Task<>(callable, nowMillis + delayMillis, sequence++);
        tasks.add(task);
        return task;
    }

    @Override
    public void execute(Runnable command) {
        schedule(command, 0, TimeUnit.MILLISECONDS);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return add(
                () -> {
                    command.run();
                    return null;
                },
                unit.toMillis(delay));
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        return add(callable, unit.toMillis(delay));
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long absoluteTimeMillis() {
        return nowMillis;
    }

    @Override
    public long relativeTimeMillis() {
        return nowMillis;
    }

    @Override
    public long relativeTimeNanos() {
        return nowMillis * 1_000_000;
    }

    private static final class Task<V> extends FutureTask<V> implements ScheduledFuture<V> {
        private final long dueMillis;
        private final long sequence;

        Task(Callable<V> callable, long dueMillis, long sequence) {
            super(callable);
            this.dueMillis = dueMillis;
            this.sequence = sequence;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Delayed other) {
            Task<?> task = (Task<?>) other;
            int byTime = Long.compare(dueMillis, task.dueMillis);
            return byTime == 0 ? Long.compare(sequence, task.sequence) : byTime;
        }
    }
}
