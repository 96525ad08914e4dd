package dev.weir.engine.checkpoint;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts checkpoints that fail in a row, each once, and says when there were more than the job survives. */
final class FailureTolerance {

    /** The id of a checkpoint that failed before it had one. */
    static final long NO_ID = -1;

    private static final int ANY = -1;

    private final int tolerable;
    private final Set<Long> counted = new HashSet<>();
    private int inRow;
    private long lastSucceeded = Long.MIN_VALUE;

    FailureTolerance(int tolerable) {
        this.tolerable = tolerable;
    }

    /** Counts a failure that counts. Returns what the job fails with, or null if it goes on. */
    @Nullable
    CheckpointToleranceExceededException failed(long id, CheckpointException failure) {
        boolean outdated = id != NO_ID && id <= lastSucceeded;
        if (outdated || tolerable == ANY || !failure.reason().isCounted()) {
            return null;
        }
        if (id == NO_ID || counted.add(id)) {
            inRow++;
        }
        if (inRow <= tolerable) {
            return null;
        }
        clear();
        return new CheckpointToleranceExceededException(tolerable, failure);
    }

    void succeeded(long id) {
        if (id > lastSucceeded) {
            lastSucceeded = id;
            clear();
        }
    }

    private void clear() {
        inRow = 0;
        counted.clear();
    }
}
