package dev.weir.testing.simulation;

import dev.weir.engine.task.SubtaskId;

/** Hears what becomes of the subtasks of a simulation. Must not throw. */
public interface SubtaskObserver {
    /** Does not care. */
    SubtaskObserver NONE = new SubtaskObserver() {};

    /** Its processor is open. */
    default void running(SubtaskId subtask) {}

    /** It has ended well. */
    default void finished(SubtaskId subtask) {}
}
