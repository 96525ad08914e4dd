package dev.weir.engine.task;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;

/**
 * The work of one subtask: an operator chain with its inputs and outputs, driven by the task loop.
 *
 * <p>Every method is called on the task's thread, except {@link #cancel()}. Exceptions fail the task and with it the
 * job. The life cycle is {@code open, (runMails | onRecords | onControl | onEndOfInput | pull)*, finish, close}; {@code close}
 * is called on every path, also when {@code open} failed or the task was cancelled.
 */
public interface Processor extends AutoCloseable {

    /** What a pull of a source input came to. */
    enum Progress {
        /** There may be more at once. */
        MORE,
        /** Nothing now; the processor calls {@link TaskContext#wake()} when that changes. */
        IDLE,
        /** The source has ended, in draining mode. */
        END,
        /** The source was stopped and goes on after a restore, see {@link #stopSources}: nothing is drained. */
        STOPPED
    }

    /** Builds the operators, restores their state and opens them. May block. */
    void open(TaskContext context) throws Exception;

    /** Runs the mails that are due (timers, coordinator events, user mails). True if any ran. */
    boolean runMails() throws Exception;

    /** Bit {@code i} is set when input {@code i} may be read next; all ones where the order is free. */
    default long selectedInputs() {
        return -1L;
    }

    /**
     * Takes records {@code from} (inclusive) to {@code to} (exclusive) that arrived on one channel. The processor owns
     * the values, not the arrays. It stops early when {@link TaskContext#shouldYield()} says so or its input selection changed.
     *
     * @param input logical input of the operator
     * @param channel flattened index over all channels of that input
     * @return index after the last record taken, at least {@code from + 1}
     */
    int onRecords(int input, int channel, RecordBatch batch, int from, int to) throws Exception;

    /** Takes one control element of the adapter's own kind. Never called with the engine's end markers. */
    void onControl(int input, int channel, Control control) throws Exception;

    /** One channel has delivered its end of data; called before {@link #onEndOfInput} where it is the input's last one. */
    default void onEndOfChannelData(int input, int channel) throws Exception {}

    /**
     * Every channel of this input has delivered its end of data. Called with drain only, and not for source inputs,
     * whose last pull said so itself.
     */
    void onEndOfInput(int input) throws Exception;

    /** Lets a source input ({@link SubtaskPlan#isSource}) emit up to {@code recordsMax} records. Must not block. */
    Progress pull(int input, int recordsMax) throws Exception;

    /**
     * The data of all inputs has ended. With {@code drain} operators are finished: they may still emit. Mails still run
     * after it, until every channel is closed.
     */
    void finish(boolean drain) throws Exception;

    /**
     * Takes the synchronous part of a snapshot. Operators are told before the barrier goes out, when they may still emit;
     * then it goes out, then state is cut.
     *
     * @param passOn sends the barrier to all outputs; to be called exactly once
     */
    default PendingSnapshot checkpoint(CheckpointBarrier barrier, Runnable passOn) throws Exception {
        throw new UnsupportedOperationException(getClass() + " takes no part in checkpoints");
    }

    /** Where the records go that a barrier is about to overtake. */
    default InFlight inFlight(CheckpointBarrier barrier) {
        throw new UnsupportedOperationException(getClass() + " keeps no records in flight");
    }

    /** A checkpoint has completed that this subtask has passed. */
    default void checkpointCompleted(long id) throws Exception {}

    /** A checkpoint was given up, whether or not this subtask has passed it. */
    default void checkpointAborted(long id) throws Exception {}

    /**
     * Has source inputs end with their next pull: by {@link Progress#END} where what is in flight is to be drained, as at
     * the end of their input, else by {@link Progress#STOPPED}.
     */
    default void stopSources(boolean drain) throws Exception {}

    /** Releases everything. Called exactly once; user code may throw here, which fails a task that was not failing. */
    @Override
    void close() throws Exception;

    /** Asks user code to stop; any thread, at most once, may race with every other method. Must not block. */
    default void cancel() {}
}
