package dev.weir.flink.state.snapshot;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * Moves files between a database and its checkpoints, some at a time, each with one buffer. Its threads come with the first
 * file and go when there has been none for a while. Thread-safe.
 */
public final class Transfers implements Closeable {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int IDLE_SECONDS = 5;

    private final ThreadPoolExecutor threads;

    /** @param threadsMax files at a time; as many as there are processors where it is not positive */
    public Transfers(int threadsMax) {
        int count = threadsMax > 0 ? threadsMax : Runtime.getRuntime().availableProcessors();
        threads = new ThreadPoolExecutor(
                count, count, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Transfers::thread);
        threads.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable body) {
        Thread thread = new Thread(body, "weir state files");
        thread.setDaemon(true);
        // the user's would be kept from being unloaded
        thread.setContextClassLoader(Transfers.class.getClassLoader());
        return thread;
    }

    /**
     * Waits until all is done. After a failure nothing more is begun, and what has begun is over when this throws.
     *
     * @throws IOException when one failed, or the caller was interrupted
     */
    <T> List<T> all(List<? extends Callable<T>> tasks) throws IOException {
        List<Task<T>> begun = new ArrayList<>();
        List<Future<T>> futures = new ArrayList<>();
        for (Callable<T> body : tasks) {
            Task<T> task = new Task<>(body);
            begun.add(task);
            futures.add(threads.submit(task));
        }
        List<T> results = new ArrayList<>();
        IOException failure = null;
        for (Future<T> future : futures) {
            try {
                if (failure != null) {
                    future.cancel(true);
                }
                results.add(future.get());
            } catch (CancellationException afterFailure) {
                // the failure is known
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = first(failure, new IOException("interrupted while files of state were moved", e));
                future.cancel(true);
            } catch (ExecutionException e) {
                Throwable cause = e.getCause();
                failure = first(failure, cause instanceof IOException io ? io : new IOException(cause));
            }
        }
        if (failure != null) {
            // a future that is cancelled says nothing of its thread
            begun.forEach(Task::end);
            throw failure;
        }
        return results;
    }

    /** Whose end can be waited for. */
    private static final class Task<T> implements Callable<T> {
        private final Callable<T> body;
        private boolean ended;

        Task(Callable<T> body) {
            this.body = body;
        }

        @Override
        public synchronized T call() throws Exception {
            if (ended) {
                throw new CancellationException("another file could not be moved");
            }
            return body.call();
        }

        /** Returns when it is not running, and will not be. */
        synchronized void end() {
            ended = true;
        }
    }

    private static IOException first(@Nullable IOException earlier, IOException next) {
        if (earlier == null) {
            return next;
        }
        earlier.addSuppressed(next);
        return earlier;
    }

    /** Copies a stream to its end. */
    static void copy(InputStream in, OutputStream out) throws IOException {
        IOUtils.copyBytes(in, out, BUFFER_BYTES, false);
    }

    /** Lets what has begun come to its end, which whoever waits for it may hasten by closing its streams. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
