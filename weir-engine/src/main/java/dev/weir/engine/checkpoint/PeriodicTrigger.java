package dev.weir.engine.checkpoint;

/**
 * When the next periodic checkpoint is due. Due times keep their distance from each other and not from when they are
 * served, so that a late one does not delay the rest.
 */
final class PeriodicTrigger {

    static final long NEVER = Long.MAX_VALUE;

    private final long intervalMillis;
    private final long laterDelayMillis;
    private long startDelayMillis;
    private boolean running;
    private long dueMillis = NEVER;

    PeriodicTrigger(CheckpointPolicy policy, long initialDelayMillis) {
        this.intervalMillis = policy.intervalMillis();
        this.laterDelayMillis = policy.minPauseMillis();
        this.startDelayMillis = initialDelayMillis;
    }

    boolean isRunning() {
        return running;
    }

    /** Due times begin, the first time after the initial delay, afterwards after the pause. */
    void start(long nowMillis) {
        running = true;
        dueMillis = nowMillis + startDelayMillis;
        startDelayMillis = laterDelayMillis;
    }

    void stop() {
        running = false;
        dueMillis = NEVER;
    }

    /** Moves the next due time, and with it all that follow. */
    void postpone(long untilMillis) {
        dueMillis = untilMillis;
    }

    long dueMillis() {
        return dueMillis;
    }

    /** The due time has come. */
    void advance() {
        dueMillis += intervalMillis;
    }
}
