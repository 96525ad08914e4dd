package dev.weir.bench.limit;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Hands batches from one thread to one other, one at a time. Spins, since the other is about as fast. */
final class Handover {
    private static final int SPINS_BEFORE_PARKING = 10_000;
    private static final long PARK_NANOS = 10_000;

    private final AtomicReference<@Nullable Batch> slot = new AtomicReference<>();

    void put(Batch batch) {
        for (int spins = 0; slot.getAcquire() != null; spins++) {
            pause(spins);
        }
        slot.setRelease(batch);
    }

    Batch take() {
        for (int spins = 0; ; spins++) {
            Batch batch = slot.getAcquire();
            if (batch != null) {
                slot.setRelease(null);
                return batch;
            }
            pause(spins);
        }
    }

    private static void pause(int spins) {
        if (spins < SPINS_BEFORE_PARKING) {
            Thread.onSpinWait();
        } else {
            if (Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("the other thread has failed");
            }
            LockSupport.parkNanos(PARK_NANOS);
        }
    }
}
