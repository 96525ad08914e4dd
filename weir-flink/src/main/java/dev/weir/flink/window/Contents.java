package dev.weir.flink.window;

import org.jspecify.annotations.Nullable;

/** What a window keeps of the records of a key, and what becomes of it. */
interface Contents {

    /**
     * What is kept from now on.
     *
     * @param kept what was kept before, the callee's to change; null where that is nothing
     */
    @Nullable
    Object next(@Nullable Object kept, Object value) throws Exception;

    /** What the window's function gets to see; null where there is nothing to see. */
    @Nullable
    Object result(@Nullable Object kept);

    /** Whether a null value drops what is kept, or else fails in {@link #next}. */
    boolean nullDrops();
}
