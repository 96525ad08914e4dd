package dev.weir.testing.wait;

import java.util.concurrent.locks.LockSupport;

/** Waits of a test's thread for what others do. */
public final class Waits {
    private Waits() {}

    /**
     * Lets a millisecond pass, in a loop that asks whether it is so far. Fails once the thread is interrupted, which is how
     * JUnit tells a test in the same thread that its time is over.
     */
    public static void aMoment() {
        if (Thread.interrupted()) {
            throw new AssertionError("out of time: interrupted while what the test waits for was still to come");
        }
        LockSupport.parkNanos(1_000_000);
    }

    /** Takes its time in the place of a test's user code, whoever interrupts. */
    public static void stubbornly(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        while (System.nanoTime() < end) {
            Thread.interrupted();
            LockSupport.parkNanos(1_000_000);
        }
    }
}
