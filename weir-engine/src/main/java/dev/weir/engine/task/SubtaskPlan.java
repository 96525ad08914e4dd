package dev.weir.engine.task;

/**
 * The inputs of a subtask as the task loop sees them.
 *
 * @param sources for each logical input: true where the processor itself is the source ({@link Processor#pull}), false where it reads channels
 */
public record SubtaskPlan(boolean[] sources) {
    public boolean isSource(int input) {
        return sources[input];
    }
}
