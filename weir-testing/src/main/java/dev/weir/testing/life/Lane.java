package dev.weir.testing.life;

import dev.weir.testing.simulation.VirtualTime;
import java.util.Random;

/** A thread of the simulated process: what it is given is done in order, each at once or some time later. */
final class Lane {
    private final VirtualTime time;
    private final Random random;
    private final int delayNanosMax;
    private long lastNanos;

    Lane(VirtualTime time, Random random, int delayNanosMax) {
        this.time = time;
        this.random = random;
        this.delayNanosMax = delayNanosMax;
    }

    void execute(Runnable action) {
        int delayNanos = random.nextInt(3) == 0 ? 0 : random.nextInt(delayNanosMax);
        long atNanos = Math.max(lastNanos, time.nowNanos() + delayNanos);
        lastNanos = atNanos;
        time.schedule(atNanos - time.nowNanos(), action);
    }

    /** Runs an action in its order and waits for it, while no task runs. */
    void executeAndWait(Runnable action) {
        boolean[] done = {false};
        execute(() -> {
            action.run();
            done[0] = true;
        });
        time.runUntil(() -> done[0]);
    }
}
