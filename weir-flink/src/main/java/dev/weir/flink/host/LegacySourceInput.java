package dev.weir.flink.host;

import dev.weir.engine.task.Processor.Progress;
import org.apache.flink.streaming.api.operators.StreamSource;
import org.apache.flink.util.FlinkException;
import org.jspecify.annotations.Nullable;

/**
 * An input that is a legacy {@code SourceFunction}: its {@code run} blocks, so it has a thread of its own and emits under
 * the checkpoint lock, which mails take too. Methods are called on the task thread, {@link #cancel()} on any.
 */
@SuppressWarnings("deprecation") // legacy sources still run
final class LegacySourceInput implements HostedInput {
    private static final long INTERRUPT_INTERVAL_MILLIS = 100;

    private final StreamSource<?, ?> operator;
    private final Object lock;
    private final Runnable wake;
    private final Thread thread;
    private boolean started;
    private volatile boolean cancelled;
    private volatile boolean ended;
    private boolean suspended;
    private volatile @Nullable Throwable failure;

    LegacySourceInput(StreamSource<?, ?> operator, Object lock, String taskName, Runnable wake) {
        this.operator = operator;
        this.lock = lock;
        this.wake = wake;
        this.thread = new Thread(this::run, "Legacy Source Thread - " + taskName);
        thread.setDaemon(true);
        thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    }

    private void run() {
        try {
            operator.run(lock, null);
        } catch (Throwable t) {
            failure = t;
        } finally {
            ended = true;
            wake.run();
        }
    }

    @Override
    public Progress pull(int recordsMax) throws Exception {
        if (!started) {
            started = true;
            thread.start();
        }
        if (!ended) {
            return Progress.IDLE;
        }
        Throwable thrown = failure;
        if (thrown instanceof Error error) {
            throw error;
        } else if (thrown instanceof Exception exception) {
            throw exception;
        } else if (thrown != null) {
            throw new FlinkException("a legacy source threw what is neither an exception nor an error", thrown);
        }
        return suspended ? Progress.STOPPED : Progress.END;
    }

    @Override
    public void stop(boolean drain) {
        suspended = !drain;
        operator.stop();
    }

    @Override
    public void cancel() {
        cancelled = true;
        try {
            operator.cancel();
        } finally {
            thread.interrupt();
        }
    }

    /** A source that is still running here belongs to a task that failed or was cancelled. */
    @Override
    public void close() throws InterruptedException {
        if (!started) {
            return;
        }
        if (!ended && !cancelled) {
            cancel();
        }
        while (thread.isAlive()) {
            thread.join(INTERRUPT_INTERVAL_MILLIS);
            if (thread.isAlive()) {
                thread.interrupt();
            }
        }
    }
}
