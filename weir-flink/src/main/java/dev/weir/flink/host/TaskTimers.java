package dev.weir.flink.host;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.streaming.runtime.tasks.TimerService;
import org.apache.flink.util.clock.Clock;
import org.jspecify.annotations.Nullable;

/**
 * The processing-time service of one task over the job's shared timer thread. Callbacks only post mails, so one thread
 * serves every task. Once quiesced, timers are accepted and never fire, as Flink's service has it.
 *
 * <p>Most timers are timeouts that are cancelled, so the timer thread hears of the earliest only. All wait here, by the
 * millisecond they are due in, and come and go under a lock that no other task takes.
 */
final class TaskTimers implements TimerService {
    private final ScheduledExecutorService executor;
    private final Clock clock;
    private final Consumer<Throwable> failTask;
    private volatile boolean quiesced;
    private volatile boolean terminated;

    /** Also the lock of what follows. */
    private final TreeMap<Long, Moment> moments = new TreeMap<>();

    private @Nullable Moment latest;
    private @Nullable ScheduledFuture<?> wake;
    private long wakeMillis = Long.MAX_VALUE;

    TaskTimers(ScheduledExecutorService executor, Clock clock, Consumer<Throwable> failTask) {
        this.executor = executor;
        this.clock = clock;
        this.failTask = failTask;
    }

    @Override
    public Clock getClock() {
        return clock;
    }

    @Override
    public ScheduledFuture<?> registerTimer(long timestamp, ProcessingTimeCallback callback) {
        Pending timer = new Pending(this, timestamp, callback);
        synchronized (moments) {
            if (!quiesced) {
                timer.joins(at(timestamp));
                if (timestamp < wakeMillis) {
                    wakeAfter(timestamp);
                }
            }
        }
        return timer;
    }

    /** Under the lock. The moment last asked for is kept while it is empty: the next timer often falls into it too. */
    private Moment at(long timestamp) {
        Moment last = latest;
        if (last != null && last.timestamp == timestamp) {
            return last;
        }
        if (last != null && last.isEmpty()) {
            moments.remove(last.timestamp);
        }
        Moment moment = moments.computeIfAbsent(timestamp, Moment::new);
        latest = moment;
        return moment;
    }

    /** Under the lock. As in Flink one millisecond later, so that a timer never fires before its time is over. */
    private void wakeAfter(long timestamp) {
        ScheduledFuture<?> other = wake;
        if (other != null) {
            other.cancel(false);
        }
        long now = getCurrentProcessingTime();
        long delay = timestamp >= now ? timestamp - now + 1 : 0;
        wake = executor.schedule(() -> fireUntil(timestamp), delay, TimeUnit.MILLISECONDS);
        wakeMillis = timestamp;
    }

    /** Timer thread. What it was woken for fires in any case, also when the clock was set back meanwhile. */
    private void fireUntil(long timestamp) {
        long last = Math.max(timestamp, getCurrentProcessingTime() - 1);
        for (Pending timer = next(last); timer != null; timer = next(last)) {
            timer.run();
        }
    }

    /** Takes the earliest timer, if it is not after {@code last}; else the timer thread comes again. */
    private @Nullable Pending next(long last) {
        synchronized (moments) {
            for (Map.Entry<Long, Moment> first = moments.firstEntry(); first != null; first = moments.firstEntry()) {
                Moment moment = first.getValue();
                Pending timer = moment.first();
                if (timer == null) {
                    remove(moment);
                } else if (moment.timestamp > last) {
                    wakeAfter(moment.timestamp);
                    return null;
                } else {
                    timer.leaves();
                    return timer;
                }
            }
            wakeMillis = Long.MAX_VALUE;
            return null;
        }
    }

    private void cancelled(Pending timer) {
        synchronized (moments) {
            Moment moment = timer.leaves();
            if (moment != null && moment != latest && moment.isEmpty()) {
                remove(moment);
            }
        }
    }

    private void remove(Moment moment) {
        moments.remove(moment.timestamp);
        if (moment == latest) {
            latest = null;
        }
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
        drop();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean isTerminated() {
        return terminated;
    }

    @Override
    public void shutdownService() {
        drop();
        terminated = true;
    }

    @Override
    public boolean shutdownServiceUninterruptible(long timeoutMs) {
        shutdownService();
        return true;
    }

    private void drop() {
        synchronized (moments) {
            quiesced = true;
            moments.clear();
            latest = null;
            if (wake != null) {
                wake.cancel(false);
            }
        }
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

    /** The timers of one millisecond in the order they were registered. Under the lock of the service. */
    private static final class Moment {
        private final long timestamp;
        private @Nullable Pending first;
        private @Nullable Pending last;

        Moment(long timestamp) {
            this.timestamp = timestamp;
        }

        boolean isEmpty() {
            return first == null;
        }

        @Nullable
        Pending first() {
            return first;
        }
    }

    /** A timer, one of its moment's list until it fires or is cancelled. */
    private static final class Pending extends FutureTask<@Nullable Void> implements ScheduledFuture<@Nullable Void> {
        private final TaskTimers timers;
        private final long timestamp;
        private @Nullable Moment moment;
        private @Nullable Pending before;
        private @Nullable Pending after;

        Pending(TaskTimers timers, long timestamp, ProcessingTimeCallback callback) {
            super(() -> timers.fire(callback, timestamp), null);
            this.timers = timers;
            this.timestamp = timestamp;
        }

        /** Under the lock. */
        void joins(Moment joined) {
            moment = joined;
            Pending last = joined.last;
            before = last;
            if (last == null) {
                joined.first = this;
            } else {
                last.after = this;
            }
            joined.last = this;
        }

        /** Under the lock. What it was in, null if it had left. */
        @Nullable
        Moment leaves() {
            Moment left = moment;
            if (left == null) {
                return null;
            }
            if (before == null) {
                left.first = after;
            } else {
                before.after = after;
            }
            if (after == null) {
                left.last = before;
            } else {
                after.before = before;
            }
            moment = null;
            before = null;
            after = null;
            return left;
        }

        @Override
        protected void done() {
            if (isCancelled()) {
                timers.cancelled(this);
            }
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(timestamp - timers.getCurrentProcessingTime() + 1, TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
        }
    }
}
