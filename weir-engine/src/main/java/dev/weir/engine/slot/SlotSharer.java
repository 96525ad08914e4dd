package dev.weir.engine.slot;

/**
 * All subtasks that share one slot: those of one index of the vertices of one slot-sharing group.
 *
 * @param group names the group, in the next process too
 * @param index 0-based subtask index
 */
public record SlotSharer(String group, int index) {}
