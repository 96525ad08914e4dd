package dev.weir.engine.diagnosis;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Takes the stacks of threads, again and again for a while, when somebody asks. Thread-safe; no method blocks. Its one thread
 * exists only while somebody asks.
 *
 * <p>A look at stacks stops all threads of the process for some tenths of a millisecond. So, however many ask, the pause
 * after a look is at least 5 ms and nineteen times what the look took: a twentieth of the time. Longer than a quarter of a
 * second no pause has to be, as a look that takes so long has waited for a collection.
 */
public final class StackSampler implements AutoCloseable {
    private static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long PAUSE_NANOS_ENOUGH = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int PAUSE_PER_LOOK = 19;
    private static final int UNDER_WAY_MAX = 64;

    private final ScheduledThreadPoolExecutor executor;
    private final Set<Sampling> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** The sampler's thread only: before this nobody looks. */
    private long nextLookNanos = System.nanoTime();

    /** A sampler whose thread has not begun. */
    public StackSampler() {
        executor = new ScheduledThreadPoolExecutor(1, StackSampler::thread);
        executor.setKeepAliveTime(1, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable task) {
        Thread created = new Thread(null, task, "weir-stacks", 0, false);
        created.setDaemon(true);
        // it outlives jobs, and must not hold on to the class loader of whoever asks
        created.setContextClassLoader(StackSampler.class.getClassLoader());
        return created;
    }

    /**
     * Looks at some threads. Those that have ended are passed over; it is done when none is left.
     *
     * @param threads ids
     * @param looks how many, at least 1
     * @param pause between two looks, at least; more where the process would feel it
     * @param depthMax of the stacks
     * @param atMost how long to go on; then it is done with those looks that there were
     * @return what was seen; completed on the sampler's thread, exceptionally where this is closed or too many ask
     */
    public CompletableFuture<Looks> sample(
            Collection<Long> threads, int looks, Duration pause, int depthMax, Duration atMost) {
        Sampling sampling = new Sampling(
                threads.stream().mapToLong(Long::longValue).toArray(),
                looks,
                pause.toNanos(),
                depthMax,
                atMost.toNanos());
        if (underWay.size() >= UNDER_WAY_MAX) {
            return CompletableFuture.failedFuture(new IllegalStateException(
                    "stacks are being taken for others: underWay=" + underWay.size() + " >= " + UNDER_WAY_MAX));
        }
        underWay.add(sampling);
        sampling.after(0);
        if (closed) {
            sampling.giveUp();
        }
        return sampling.result;
    }

    /** Gives up what is under way. Idempotent. */
    @Override
    public void close() {
        closed = true;
        executor.shutdownNow();
        underWay.forEach(Sampling::giveUp);
    }

    private final class Sampling implements Runnable {
        private final long[] threads;
        private final long pauseNanos;
        private final int depthMax;
        private final Map<Long, List<ThreadInfo>> seen = new LinkedHashMap<>();
        private final CompletableFuture<Looks> result = new CompletableFuture<>();
        private final long begunNanos = System.nanoTime();
        private final long nanosMax;
        private int left;
        private int count;
        private long nanos;

        Sampling(long[] threads, int looks, long pauseNanos, int depthMax, long nanosMax) {
            this.nanosMax = nanosMax;
            this.threads = threads;
            this.left = looks;
            this.pauseNanos = pauseNanos;
            this.depthMax = depthMax;
        }

        void after(long nanos) {
            try {
                executor.schedule(this, nanos, TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                giveUp();
            }
        }

        void giveUp() {
            underWay.remove(this);
            result.completeExceptionally(new IllegalStateException("the sampler of stacks is closed"));
        }

        @Override
        public void run() {
            try {
                long early = nextLookNanos - System.nanoTime();
                if (early > 0) {
                    after(early);
                } else if (look() && --left > 0 && System.nanoTime() - begunNanos < nanosMax) {
                    after(pauseNanos);
                } else {
                    underWay.remove(this);
                    result.complete(new Looks(count, nanos, seen));
                }
            } catch (Throwable t) {
                underWay.remove(this);
                result.completeExceptionally(t);
            }
        }

        /** Whether any thread was there. */
        private boolean look() {
            ThreadMXBean bean = ManagementFactory.getThreadMXBean();
            long start = System.nanoTime();
            ThreadInfo[] infos = bean.getThreadInfo(threads, depthMax);
            long end = System.nanoTime();
            count++;
            nanos += end - start;
            nextLookNanos =
                    end + Math.max(PAUSE_NANOS_MIN, Math.min(PAUSE_NANOS_ENOUGH, PAUSE_PER_LOOK * (end - start)));
            boolean any = false;
            for (ThreadInfo info : infos) {
                if (info != null) {
                    seen.computeIfAbsent(info.getThreadId(), id -> new ArrayList<>())
                            .add(info);
                    any = true;
                }
            }
            return any;
        }
    }
}
