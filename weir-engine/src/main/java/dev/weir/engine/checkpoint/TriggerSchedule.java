package dev.weir.engine.checkpoint;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whose turn it is to begin, and when: the periodic trigger, the queue that it shares with requests, and the pause. */
final class TriggerSchedule {

    private final CheckpointPolicy policy;
    private final RequestQueue queue;
    private final PeriodicTrigger periodic;
    private long pauseEndMillis = Long.MIN_VALUE;

    TriggerSchedule(CheckpointPolicy policy, long initialDelayMillis) {
        this.policy = policy;
        this.queue = new RequestQueue(policy.maxConcurrent());
        this.periodic = new PeriodicTrigger(policy, initialDelayMillis);
    }

    boolean isRunning() {
        return periodic.isRunning();
    }

    void start(long nowMillis) {
        if (policy.isPeriodic()) {
            periodic.start(nowMillis);
        }
    }

    void stop() {
        periodic.stop();
    }

    /** Empties the queue. */
    List<TriggerRequest> drain() {
        return queue.drain();
    }

    /** A checkpoint of whatever kind is complete. */
    void completed(long nowMillis) {
        pauseEndMillis = nowMillis + policy.minPauseMillis();
    }

    void backlog(String source, boolean isProcessing, long nowMillis) {
        periodic.backlog(source, isProcessing, nowMillis);
    }

    /** When the next periodic checkpoint is due. */
    long dueMillis() {
        return periodic.dueMillis();
    }

    /** Queues the periodic checkpoint that is due. Returns the request that has no room, or null. */
    @Nullable
    TriggerRequest fire(long nowMillis) {
        periodic.advance();
        CheckpointOptions options = policy.options(CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE);
        return queue.offer(new TriggerRequest(null, options, null, false, true, nowMillis));
    }

    /** Queues a request. Returns the one that has no room, or null. */
    @Nullable
    TriggerRequest request(TriggerRequest request) {
        return queue.offer(request);
    }

    /**
     * Takes the request that may begin now off the queue; null: none may. A periodic one that comes too soon is used up, and
     * the next is due when the pause is over.
     */
    @Nullable
    TriggerRequest next(boolean triggering, int pending, int cleaning, long nowMillis) {
        boolean pausing = pauseEndMillis > nowMillis;
        RequestQueue.Decision decision = queue.next(new RequestQueue.Load(triggering, pending, cleaning, pausing));
        if (decision.postponed()) {
            periodic.postpone(pauseEndMillis);
        }
        return decision.begin();
    }
}
