package dev.weir.flink.session;

import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException;

/**
 * The slots of a process that its jobs share. A job has as many as it needs while it runs, and with each of them an equal part
 * of the process's managed and network memory: nobody takes another's. One that finds too few is refused, where Flink has it
 * wait for some minutes and fail. Thread-safe.
 */
final class SlotPool {
    private final int all;
    private int free;

    /** @param all at least one */
    SlotPool(int all) {
        this.all = all;
        this.free = all;
    }

    /**
     * Which part of all a job has that needs so many slots. One that is wider than the process, in batch mode, gets all of it,
     * as Flink runs it in as many as there are.
     */
    double part(int needed) {
        return (double) taken(needed) / all;
    }

    private int taken(int needed) {
        return Math.min(all, needed);
    }

    /**
     * Takes slots; to be {@link #giveBack given back} by the same number.
     *
     * @throws NoResourceAvailableException where too few are free
     */
    synchronized void take(String job, int needed) throws NoResourceAvailableException {
        if (taken(needed) > free) {
            throw new NoResourceAvailableException("job '" + job + "' needs slots=" + taken(needed) + " > free=" + free
                    + " of " + all + ": other jobs have the rest; end one of them, or start the process with a larger "
                    + TaskManagerOptions.NUM_TASK_SLOTS.key());
        }
        free -= taken(needed);
    }

    synchronized void giveBack(int needed) {
        free += taken(needed);
    }
}
