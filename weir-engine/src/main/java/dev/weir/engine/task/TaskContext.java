package dev.weir.engine.task;

import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.Occupancy;
import dev.weir.engine.exchange.Traffic;
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

    /** Any thread, as {@link dev.weir.engine.exchange.InputGate#receivedBytes()}. */
    long receivedBytes();

    /** Any thread: what the task has emitted. */
    Traffic sent();

    /** Any thread, as {@link dev.weir.engine.exchange.InputGate#debloatedBytes()}. */
    int debloatedBytes();

    /** Any thread, as {@link dev.weir.engine.exchange.InputGate#millisToConsume()}. */
    long millisToConsume();

    /** Task thread: reads no more of a channel until {@link #unblock}; what it holds stays there, in order. */
    void block(int input, int channel);

    /** Task thread: reads all channels of an input again. */
    void unblock(int input);

    /** Any thread, cheap and idempotent: makes the loop step again soon. */
    void wake();

    /** Task thread, one plain read of a flag: a mail waits, an output is full, or the task is cancelled. */
    boolean shouldYield();

    /**
     * Task thread, from the end of {@link Processor#open} on: who hears, on any thread, that a checkpoint has completed or was
     * given up. The loop tells the processor between two of its calls; one that waits within a call, on the task's thread,
     * for what follows from a checkpoint's end is told by {@link #runCheckpointNotices()}. Must not block.
     */
    void onCheckpointNotice(Runnable listener);

    /**
     * Task thread, within a call of the processor: {@link Processor#checkpointCompleted} and
     * {@link Processor#checkpointAborted} for what has not been told yet, in order. Does nothing in a task that ends.
     */
    void runCheckpointNotices() throws Exception;

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
