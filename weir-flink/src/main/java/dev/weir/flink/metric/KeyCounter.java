package dev.weir.flink.metric;

import java.util.concurrent.CompletableFuture;

/** Counts the keys that a running subtask reads, when somebody asks. */
@FunctionalInterface
public interface KeyCounter {
    /** Of what has no keys. */
    KeyCounter NONE = until -> CompletableFuture.completedFuture(KeyCounts.NONE);

    /**
     * Counts from about now. Any thread; does not block.
     *
     * @param until ends the counting, however it completes
     * @return completed soon after that, unless the subtask ends meanwhile, or is stuck in user code
     */
    CompletableFuture<KeyCounts> count(CompletableFuture<?> until);
}
