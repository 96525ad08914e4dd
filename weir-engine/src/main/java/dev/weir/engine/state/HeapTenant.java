package dev.weir.engine.state;

/**
 * Somebody who works on heap tables themselves as long as all that their store has is on the heap. For the subtask's thread.
 */
public interface HeapTenant {

    /** Whether it could {@link #leave} now: it is not in the middle of something. Asked before a key is selected. */
    default boolean isIdle() {
        return true;
    }

    /**
     * What {@link #leave} adds to what is on the heap, timers for example, by estimate.
     *
     * @param usedBytes what the tables take, by estimate
     */
    default long leavingBytes(long usedBytes) {
        return 0;
    }

    /**
     * Something is about to go from the heap to elsewhere: lets go of the tables and of what hangs on them, and leaves them as
     * whoever comes next expects them. Selects no key. Called once.
     */
    void leave() throws Exception;
}
