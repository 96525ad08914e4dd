package dev.weir.flink.session;

import org.jspecify.annotations.Nullable;

/** Hears of tasks that are out of memory, before anything is done about it. Embedded there is none, and the job fails. */
@FunctionalInterface
public interface OutOfMemoryListener {
    /**
     * Called on the thread that found out; nothing else of the job happens meanwhile.
     *
     * @param job null where it was no job's thread
     */
    void outOfMemory(OutOfMemoryError error, @Nullable WeirJob job);

    /** The error among the causes of a failure, null where there is none. */
    static @Nullable OutOfMemoryError in(@Nullable Throwable failure) {
        int depth = 0;
        for (Throwable each = failure; each != null && depth < 100; each = each.getCause()) {
            if (each instanceof OutOfMemoryError error) {
                return error;
            }
            depth++;
        }
        return null;
    }
}
