package dev.weir.engine.exchange;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the channels of one writer may have in flight beyond what each has for itself, and whether their producer waits.
 *
 * <p>The producing thread alone takes, so what it has seen to be there, is there; consumers give back. A channel whose own
 * credit is free never asks here, so that nothing which happens in another channel can hold it back for ever.
 */
final class Credit {
    private final TaskSignal producer;
    private final int floating;
    private final int fair;
    private final AtomicInteger free;
    private volatile boolean producerWaiting;
    private volatile boolean usedUp;

    /** @param channels that share it */
    Credit(TaskSignal producer, int floating, int channels) {
        this.producer = producer;
        this.floating = floating;
        this.fair = (floating + channels - 1) / Math.max(1, channels);
        this.free = new AtomicInteger(floating);
    }

    TaskSignal producer() {
        return producer;
    }

    /** Any thread; for the producing thread no more than there is until it takes. */
    int free() {
        return free.get();
    }

    /** Any thread: taken and not given back. */
    int inUse() {
        return floating - free.get();
    }

    /** A channel's part of it, were it divided. */
    int fair() {
        return fair;
    }

    /** Producing thread: takes as many as there are, up to {@code wanted}. */
    int take(int wanted) {
        int taken = Math.min(wanted, free.get());
        if (taken > 0 && free.addAndGet(-taken) == 0) {
            // channels that counted on it may be full now
            usedUp = true;
            producer.raise();
        }
        return taken;
    }

    /** Whether a channel may have become full by what another took, since the last call. */
    boolean takeUsedUp() {
        if (!usedUp) {
            return false;
        }
        usedUp = false;
        return true;
    }

    void giveBack(int batches) {
        if (batches > 0) {
            free.addAndGet(batches);
        }
    }

    /** Has {@link TaskSignal#spaceFreed()} called once, when enough space was freed; check for space after it. */
    void announce() {
        producerWaiting = true;
    }

    /** Any thread: whether the producer waits for space. */
    boolean isAwaited() {
        return producerWaiting;
    }

    /** One of the channels is half empty, or gone. */
    void freed() {
        if (producerWaiting) {
            producerWaiting = false;
            producer.spaceFreed();
        }
    }
}
