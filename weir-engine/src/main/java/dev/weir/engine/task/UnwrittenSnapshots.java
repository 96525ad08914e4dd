package dev.weir.engine.task;

import dev.weir.engine.checkpoint.SubtaskSnapshot;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** How many snapshots of a task have been taken and not been written yet: it is not closed before they are. Thread-safe. */
final class UnwrittenSnapshots {
    private final AtomicInteger unwritten = new AtomicInteger();
    private final Runnable onWritten;

    /** @param onWritten called on any thread after one of them was written or given up */
    UnwrittenSnapshots(Runnable onWritten) {
        this.onWritten = onWritten;
    }

    boolean isEmpty() {
        return unwritten.get() == 0;
    }

    /** The same snapshot, which counts as unwritten from now on. */
    PendingSnapshot counted(PendingSnapshot snapshot) {
        unwritten.incrementAndGet();
        AtomicBoolean over = new AtomicBoolean();
        return new PendingSnapshot() {
            @Override
            public SubtaskSnapshot complete() throws Exception {
                try {
                    return snapshot.complete();
                } finally {
                    end();
                }
            }

            @Override
            public void cancel() {
                try {
                    snapshot.cancel();
                } finally {
                    end();
                }
            }

            private void end() {
                if (over.compareAndSet(false, true)) {
                    unwritten.decrementAndGet();
                    onWritten.run();
                }
            }
        };
    }
}
