package dev.weir.engine.checkpoint;

/** What one subtask adds to a checkpoint, written and ready to be referred to. Opaque to the engine. */
public interface SubtaskSnapshot {

    /** Bytes that this checkpoint wrote for it. */
    long checkpointedBytes();

    /** Bytes that a restore will read. */
    long fullBytes();
}
