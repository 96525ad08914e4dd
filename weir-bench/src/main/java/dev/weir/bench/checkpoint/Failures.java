package dev.weir.bench.checkpoint;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/** Has the first subtask fail when asked, and notes when all subtasks are past their first record again. Thread-safe. */
final class Failures {
    private static volatile boolean asked;
    private static volatile long failedNanos;
    private static final long[] FIRST_NANOS = new long[StateJob.PARALLELISM];
    private static volatile CountDownLatch back = new CountDownLatch(0);
    private static volatile boolean stateMissing;

    private Failures() {}

    /** What a subtask throws, and nothing else does. */
    static final class Planned extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Planned() {
            super("planned");
        }
    }

    /**
     * Fails a task, and waits until the job goes on.
     *
     * @return milliseconds from the failure to where the last subtask has handled its first record
     */
    static long failAndAwait() throws InterruptedException {
        back = new CountDownLatch(StateJob.PARALLELISM);
        asked = true;
        back.await();
        if (stateMissing) {
            throw new IllegalStateException("a subtask began without its state");
        }
        synchronized (FIRST_NANOS) {
            return (Arrays.stream(FIRST_NANOS).max().orElseThrow() - failedNanos) / 1_000_000;
        }
    }

    static void failIfAsked(int subtask) {
        if (subtask == 0 && asked) {
            asked = false;
            failedNanos = System.nanoTime();
            throw new Planned();
        }
    }

    /** A subtask has begun, for the first time or again. */
    static void firstRecord(int subtask, boolean stateFound) {
        CountDownLatch waiting = back;
        if (waiting.getCount() > 0) {
            stateMissing |= !stateFound;
            synchronized (FIRST_NANOS) {
                FIRST_NANOS[subtask] = System.nanoTime();
            }
            waiting.countDown();
        }
    }
}
