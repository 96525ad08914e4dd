package dev.weir.engine.checkpoint;

import java.util.HashSet;
import java.util.Set;

/**
 * When the next periodic checkpoint is due. Due times keep their distance from each other and not from when they are
 * served, so that a late one does not delay the rest.
 */
final class PeriodicTrigger {

    static final long NEVER = Long.MAX_VALUE;

    private final long intervalMillis;
    private final long backlogIntervalMillis;
    private final long laterDelayMillis;
    private final Set<String> backlogs = new HashSet<>();
    private long startDelayMillis;
    private boolean running;
    private long dueMillis = NEVER;

    PeriodicTrigger(CheckpointPolicy policy, long initialDelayMillis) {
        this.intervalMillis = policy.intervalMillis();
        this.backlogIntervalMillis = policy.backlogIntervalMillis();
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
        long interval = currentIntervalMillis();
        dueMillis = interval == NEVER ? NEVER : dueMillis + interval;
    }

    /** A source begins or ends to work off a backlog. A due time comes no later for it, and sooner where it was far off. */
    void backlog(String source, boolean isProcessing, long nowMillis) {
        if (isProcessing) {
            backlogs.add(source);
        } else {
            backlogs.remove(source);
        }
        long interval = currentIntervalMillis();
        if (running && interval != NEVER && nowMillis + interval < dueMillis) {
            dueMillis = nowMillis + interval;
        }
    }

    private long currentIntervalMillis() {
        return backlogs.isEmpty() ? intervalMillis : backlogIntervalMillis;
    }
}
