package dev.weir.engine.job;

import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.TaskLoop;
import dev.weir.engine.task.TaskLoop.Step;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a subtask: its thread, its state, its end.
 *
 * <p>The thread runs {@link #run()}. State changes and interrupts are guarded by this object's monitor, so that
 * observers hear of them in order, and no interrupt hits a processor that is being closed.
 */
final class SubtaskExecution implements Runnable {
    private final TaskLoop loop;
    private final JobExecution job;
    private final JobThreads threads;
    private final Thread thread;

    private volatile SubtaskState state = SubtaskState.CREATED;
    private @Nullable Thread canceller;
    private boolean interruptible = true;
    private boolean threadStarted;
    private boolean givenUp;

    SubtaskExecution(TaskLoop loop, JobExecution job, JobThreads threads) {
        this.loop = loop;
        this.job = job;
        this.threads = threads;
        this.thread = threads.create(loop.subtask().toString(), this);
        loop.onFailure(this::failed);
    }

    SubtaskId id() {
        return loop.subtask();
    }

    SubtaskState state() {
        return state;
    }

    TaskLoop loop() {
        return loop;
    }

    /** Starts the thread, unless the subtask was cancelled before. */
    void start() {
        synchronized (this) {
            if (!advance(SubtaskState.CREATED, SubtaskState.DEPLOYING)) {
                return;
            }
            threadStarted = true;
        }
        try {
            thread.start();
        } catch (Throwable t) {
            synchronized (this) {
                threadStarted = false;
                end(SubtaskState.FAILED, t);
            }
            job.failed(id(), t);
        }
    }

    @Override
    public void run() {
        Throwable failure = null;
        try {
            advance(SubtaskState.DEPLOYING, SubtaskState.INITIALIZING);
            loop.open();
            advance(SubtaskState.INITIALIZING, SubtaskState.RUNNING);
            drive();
        } catch (Throwable t) {
            failure = t;
            threw(t);
        }
        stopInterrupts();
        try {
            if (failure == null) {
                loop.complete();
            } else {
                loop.abort();
            }
        } catch (Throwable t) {
            if (failure == null) {
                failure = t;
                threw(t);
                releaseAfter(t);
            } else {
                job.secondary(id(), t);
            }
        }
        ended(failure);
    }

    /** Before anything is closed: closing may make other threads of the processor fail too. */
    private void threw(Throwable failure) {
        if (state != SubtaskState.CANCELING) {
            loop.threw(failure);
        }
    }

    private void drive() throws Exception {
        while (true) {
            Step step = loop.step(System.nanoTime());
            if (step == Step.FINISHED) {
                return;
            }
            if (step != Step.WORKED) {
                loop.sleep();
            }
        }
    }

    private void releaseAfter(Throwable failure) {
        try {
            loop.abort();
        } catch (Throwable t) {
            if (t != failure) {
                job.secondary(id(), t);
            }
        }
    }

    private void ended(@Nullable Throwable thrown) {
        Throwable failure;
        synchronized (this) {
            failure = loop.failure();
            if (failure == null && state != SubtaskState.CANCELING) {
                failure = thrown;
            }
            if (failure != null) {
                end(SubtaskState.FAILED, failure);
            } else {
                end(state == SubtaskState.CANCELING ? SubtaskState.CANCELED : SubtaskState.FINISHED, null);
            }
            if (canceller != null) {
                // Cancelling code that outlives its task is of no more use.
                canceller.interrupt();
            }
        }
        if (failure != null) {
            job.failed(id(), failure);
        }
        job.subtaskEnded();
    }

    /** From any thread, through the task's context. */
    private void failed(Throwable cause) {
        job.failed(id(), cause);
    }

    /** Asks the subtask to stop, without running user code. One that has not started never will. */
    void requestCancel() {
        synchronized (this) {
            if (advance(SubtaskState.CREATED, SubtaskState.CANCELING)) {
                loop.discard();
                end(SubtaskState.CANCELED, null);
                return;
            }
            if (state.isTerminal() || state == SubtaskState.CANCELING) {
                return;
            }
            become(SubtaskState.CANCELING, null);
        }
        loop.cancel();
    }

    /** Lets user code cancel itself on a thread of its own, then interrupts the task's. */
    void startCanceller() {
        Thread created;
        synchronized (this) {
            if (state != SubtaskState.CANCELING) {
                return;
            }
            created = threads.create("Canceler for " + id(), () -> {
                try {
                    loop.cancelProcessor();
                } catch (Throwable t) {
                    job.secondary(id(), t);
                }
                interrupt();
            });
            canceller = created;
        }
        try {
            created.start();
        } catch (Throwable t) {
            // Without a thread for it, user code is not asked; the interrupt has to do.
            job.secondary(id(), t);
            interrupt();
        }
    }

    /** Interrupts the task's thread, while that may help. */
    synchronized void interrupt() {
        if (threadStarted && interruptible && !state.isTerminal()) {
            thread.interrupt();
        }
    }

    private synchronized void stopInterrupts() {
        interruptible = false;
        // User code that closes things must not stumble over the interrupt that ended its work.
        Thread.interrupted();
    }

    /** Declares a thread that does not stop ended. Returns why, or null when it has ended meanwhile. */
    synchronized @Nullable CancellationTimeoutException giveUp(long cancellationMillis, long timeoutMillis) {
        if (state.isTerminal()) {
            return null;
        }
        CancellationTimeoutException why = new CancellationTimeoutException(
                id().toString(), cancellationMillis, timeoutMillis, thread.getStackTrace());
        end(SubtaskState.FAILED, why);
        givenUp = true;
        return why;
    }

    /** Waits for the thread of a subtask in a terminal state, unless it was given up. */
    void join() throws InterruptedException {
        boolean join;
        synchronized (this) {
            join = threadStarted && !givenUp;
        }
        if (join) {
            thread.join();
        }
    }

    private synchronized boolean advance(SubtaskState from, SubtaskState to) {
        if (state != from) {
            return false;
        }
        become(to, null);
        return true;
    }

    private void end(SubtaskState terminal, @Nullable Throwable failure) {
        if (!state.isTerminal()) {
            become(terminal, failure);
        }
    }

    private void become(SubtaskState next, @Nullable Throwable failure) {
        state = next;
        job.observe(id(), next, failure);
    }
}
