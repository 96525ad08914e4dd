package dev.weir.engine.task;

import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.exchange.Control;

/**
 * Travels behind the records that are part of a checkpoint and before those that are not, as in "Lightweight Asynchronous
 * Snapshots for Distributed Dataflows" (Carbone et al., 2015).
 */
public final class CheckpointBarrier extends Control {
    private final long id;
    private final long timestampMillis;
    private final CheckpointOptions options;

    /** @param timestampMillis when the checkpoint was triggered, since the epoch */
    public CheckpointBarrier(long id, long timestampMillis, CheckpointOptions options) {
        this.id = id;
        this.timestampMillis = timestampMillis;
        this.options = options;
    }

    public long id() {
        return id;
    }

    public long timestampMillis() {
        return timestampMillis;
    }

    public CheckpointOptions options() {
        return options;
    }

    @Override
    public String toString() {
        return "barrier of checkpoint " + id;
    }

    @Override
    public boolean isUrgent() {
        return true;
    }
}
