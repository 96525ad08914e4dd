package dev.weir.engine.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * A wish for a checkpoint that has not begun.
 *
 * @param requestId whom to answer; null: nobody
 * @param forced begins even where the number in flight does not allow it
 * @param periodic from the schedule, not from a person
 */
record TriggerRequest(
        @Nullable Long requestId,
        CheckpointOptions options,
        @Nullable String targetDirectory,
        boolean forced,
        boolean periodic,
        long requestedMillis) {

    boolean isSavepoint() {
        return options.kind().isSavepoint();
    }
}
