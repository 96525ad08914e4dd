package dev.weir.engine.task;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;

/**
 * Records that the barrier of an unaligned checkpoint has overtaken, on their way into the snapshot. They are the processor's to
 * change as soon as a method has returned, so they are written before. Task thread.
 */
public interface InFlight {

    /** Records {@code from} (inclusive) to {@code to} (exclusive) of one channel, in the channel's order. */
    void records(int input, int channel, RecordBatch batch, int from, int to) throws Exception;

    /** A control element of the adapter's kind. */
    void control(int input, int channel, Control element) throws Exception;

    /** All has been seen: the operators' snapshot with what was in flight. */
    PendingSnapshot completed(PendingSnapshot operators);
}
