package dev.weir.engine.checkpoint;

import java.util.List;
import java.util.SortedSet;

/**
 * Who takes part in a checkpoint, fixed when it begins.
 *
 * @param trigger where barriers start
 * @param await who must acknowledge
 * @param finished who has ended and has nothing more to say
 */
record CheckpointPlan(List<Subtask> trigger, SortedSet<Subtask> await, SortedSet<Subtask> finished) {}
