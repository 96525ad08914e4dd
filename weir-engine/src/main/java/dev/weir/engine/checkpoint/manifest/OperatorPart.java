package dev.weir.engine.checkpoint.manifest;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint has of one operator.
 *
 * @param id by which a program finds it again
 * @param name the operator's name, for people
 * @param uid what the user called it
 * @param parallelism how many subtasks it had
 * @param maxParallelism the number of its key groups
 * @param finished whether all its subtasks had finished; it has no state then
 * @param coordinator the state of its coordinator
 * @param subtasks those that have state or have finished, by index
 */
public record OperatorPart(
        Id id,
        @Nullable String name,
        @Nullable String uid,
        int parallelism,
        int maxParallelism,
        boolean finished,
        Optional<Location.Inline> coordinator,
        List<SubtaskPart> subtasks) {

    /** Copies its list. */
    public OperatorPart {
        subtasks = List.copyOf(subtasks);
    }

    /**
     * What a checkpoint has of one subtask of an operator.
     *
     * @param index the subtask's
     * @param finished whether it had finished; it has no state then
     * @param parts its state
     */
    public record SubtaskPart(int index, boolean finished, List<StatePart> parts) {
        /** Copies its list. */
        public SubtaskPart {
            parts = List.copyOf(parts);
        }
    }
}
