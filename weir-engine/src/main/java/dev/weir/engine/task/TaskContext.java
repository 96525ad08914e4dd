package dev.weir.engine.task;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.Occupancy;
import dev.weir.engine.exchange.WaitObserver;
import java.util.List;

/** What a task offers to its processor. */
public interface TaskContext {

    /** Which subtask this is. */
    SubtaskId subtask();

    /** One writer per outgoing edge of the vertex, in the order of the dataflow's edge list. Task thread only. */
    List<EdgeWriter> outputs();

    /** Number of flattened channels of a logical input; 0 for a source input. */
    int channels(int input);

    /** How this task spends its time, for metrics. */
    TaskTimes times();

    /** Who hears of the task's waits from now on, in the place of who did so far. */
    void observeWaits(WaitObserver observer);

    /** Any thread: of the latest snapshot that this attempt has begun; {@link SnapshotTimes#NONE} before the first. */
    SnapshotTimes latestSnapshot();

    /** Any thread: what waits in the task's inputs. */
    Occupancy inputOccupancy();

    /** Any thread: what the task has emitted and nobody has read. */
    Occupancy outputOccupancy();

    /** Task thread: reads no more of a channel until {@link #unblock}; what it holds stays there, in order. */
    void block(int input, int channel);

    /** Task thread: reads all channels of an input again. */
    void unblock(int input);

    /** Any thread, cheap and idempotent: makes the loop step again soon. */
    void wake();

    /** Task thread, one plain read of a flag: a mail waits, an output is full, or the task is cancelled. */
    boolean shouldYield();

    /** Any thread: true once the task was asked to cancel. */
    boolean isCancelled();

    /** Any thread: fails the task with this cause, as if the processor had thrown it. */
    void fail(Throwable cause);

    /**
     * Blocks the calling thread, which may be the task's own, until the outputs are available again.
     *
     * @throws dev.weir.engine.exchange.CancelledException when the task was cancelled meanwhile
     */
    void awaitOutputs();
}
