package dev.weir.engine.checkpoint;

/** What the job does once a savepoint is complete. With another action than {@link #NONE} the savepoint is synchronous. */
public enum PostCheckpointAction {
    /** Goes on. */
    NONE,
    /** Stops as it is: windows stay open, to be continued from the savepoint. */
    SUSPEND,
    /** Drains, then stops: sources end and the greatest watermark is sent before the barrier. */
    TERMINATE
}
