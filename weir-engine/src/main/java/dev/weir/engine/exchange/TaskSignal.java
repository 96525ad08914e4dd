package dev.weir.engine.exchange;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a task waits, and how others reach it: its attention flag, its cancellation and its sleep.
 *
 * <p>Every method may be called from any thread unless it says otherwise. Whoever wants something of the task first
 * writes what the task is to find, then calls {@link #raise()} or {@code dataReady}; the task first says that it sleeps,
 * then looks once more. So no wake-up is lost and an awake task is never signalled through the operating system.
 */
public final class TaskSignal {
    private final boolean blocking;
    private final Object space = new Object();
    private final AtomicLong blockedNanos = new AtomicLong();

    private volatile boolean attention;
    private volatile boolean cancelled;
    private volatile @Nullable Thread sleeper;
    private volatile WaitObserver observer = WaitObserver.NONE;

    private TaskSignal(boolean blocking) {
        this.blocking = blocking;
    }

    /** For a task with a thread of its own: a producer that finds its channel full waits. */
    public static TaskSignal blocking() {
        return new TaskSignal(true);
    }

    /**
     * For tasks that share one thread, as in a simulator, where waiting would be for ever: a full channel takes the rest
     * of what one call of the processor emits, and the loop starts no other call before there is space again.
     */
    public static TaskSignal overflowing() {
        return new TaskSignal(false);
    }

    /** Who hears of the waits that begin from now on. */
    public void observe(WaitObserver waits) {
        observer = waits;
    }

    /** Asks the task to look up from its records: there is a mail, or a full output. */
    public void raise() {
        if (!attention) {
            attention = true;
        }
        wakeSleeper();
    }

    public boolean isRaised() {
        return attention;
    }

    /** Task thread: true when attention was asked for since the last call. */
    public boolean takeAttention() {
        if (!attention) {
            return false;
        }
        attention = false;
        return true;
    }

    public void cancel() {
        cancelled = true;
        attention = true;
        spaceFreed();
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /** Throws {@link CancelledException} once the task was cancelled. */
    public void throwIfCancelled() {
        if (cancelled) {
            throw new CancelledException("task cancelled");
        }
    }

    /** Nanoseconds that threads of the task spent blocked on full channels, so far. */
    public long blockedNanos() {
        return blockedNanos.get();
    }

    /**
     * Task thread: sleeps until somebody signals, at most {@code nanosMax}. Returns at once when {@code mayProceed} holds
     * after the task has said that it sleeps, and may return early for no reason.
     */
    public void sleep(BooleanSupplier mayProceed, long nanosMax, WaitObserver.Wait wait) {
        Thread self = Thread.currentThread();
        sleeper = self;
        try {
            if (cancelled || mayProceed.getAsBoolean()) {
                return;
            }
            // A stray interrupt of user code would make every park return at once. A cancellation sets its flag first.
            if (Thread.interrupted() && cancelled) {
                self.interrupt();
                return;
            }
            park(nanosMax, wait);
        } finally {
            sleeper = null;
        }
    }

    private void park(long nanosMax, WaitObserver.Wait wait) {
        WaitObserver told = observer;
        told.began(wait);
        try {
            if (nanosMax == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, nanosMax);
            }
        } finally {
            told.ended(wait);
        }
    }

    /** A channel of the task's inputs has something to read; the channel's bit is set already. */
    void dataReady() {
        wakeSleeper();
    }

    /** A consumer has released space in a channel for which {@link Channel#announceSpace()} was called. */
    void spaceFreed() {
        synchronized (space) {
            space.notifyAll();
        }
        wakeSleeper();
    }

    /** Producing thread: returns when the channel may take another batch. */
    void awaitSpace(Channel channel) {
        await(() -> {
            channel.announceSpace();
            return !channel.isFull();
        });
    }

    /**
     * Blocks the calling thread until the condition holds, which is tried again whenever space was freed in a channel.
     * Returns at once in an overflowing task.
     *
     * @param condition announces what it waits for before it looks
     * @throws CancelledException when the task is cancelled
     */
    public void await(BooleanSupplier condition) {
        if (!blocking) {
            return;
        }
        boolean interrupted = false;
        WaitObserver told = observer;
        long start = System.nanoTime();
        told.began(WaitObserver.Wait.OUTPUT_WITHIN_RECORD);
        try {
            synchronized (space) {
                while (!condition.getAsBoolean()) {
                    throwIfCancelled();
                    try {
                        space.wait();
                    } catch (InterruptedException e) {
                        // Only a cancellation ends the wait; another interrupt is handed on to the user code that
                        // follows.
                        interrupted = true;
                        throwIfCancelled();
                    }
                }
            }
        } finally {
            told.ended(WaitObserver.Wait.OUTPUT_WITHIN_RECORD);
            blockedNanos.addAndGet(System.nanoTime() - start);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void wakeSleeper() {
        Thread thread = sleeper;
        if (thread != null) {
            sleeper = null;
            LockSupport.unpark(thread);
        }
    }
}
