package dev.weir.engine.task;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.EndOfChannel;
import dev.weir.engine.exchange.EndOfData;
import dev.weir.engine.exchange.InputGate;
import dev.weir.engine.exchange.RecordBatch;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * An unaligned checkpoint that a subtask has taken before all barriers have come: what is still before them in the channels
 * is kept. A channel in which the barrier waits already is looked through at once; of one in which it does not, everything
 * is kept as it is read, until it is there. Task thread.
 */
final class Overtaking {
    private final CheckpointBarrier barrier;
    private final InputGate gate;
    private final InFlight kept;
    private final PendingSnapshot operators;
    private final SnapshotTimes times;
    private final BitSet open;

    /** @param open the channels whose barrier was not read, by their index over all inputs */
    Overtaking(
            CheckpointBarrier barrier,
            InputGate gate,
            InFlight kept,
            PendingSnapshot operators,
            SnapshotTimes times,
            BitSet open) {
        this.barrier = barrier;
        this.gate = gate;
        this.kept = kept;
        this.operators = operators;
        this.times = times;
        this.open = open;
    }

    long id() {
        return barrier.id();
    }

    CheckpointBarrier barrier() {
        return barrier;
    }

    SnapshotTimes times() {
        return times;
    }

    /** Looks through the channels in which the barrier waits by now. */
    void lookThrough() throws Exception {
        for (int channel = open.nextSetBit(0); channel >= 0; channel = open.nextSetBit(channel + 1)) {
            lookThrough(channel);
        }
    }

    private void lookThrough(int channel) throws Exception {
        Keeping keeping = new Keeping(gate.inputOf(channel), gate.channelOfInput(channel));
        if (gate.peek(channel, barrier, keeping)) {
            open.clear(channel);
            Exception failure = keeping.failure;
            if (failure != null) {
                throw failure;
            }
        }
    }

    /** Whether what is read from a channel has to be kept first. */
    boolean keeps(int channel) {
        return open.get(channel);
    }

    void keep(int channel, RecordBatch batch, int from, int to) throws Exception {
        kept.records(gate.inputOf(channel), gate.channelOfInput(channel), batch, from, to);
    }

    void keep(int channel, Control element) throws Exception {
        if (isAdapters(element)) {
            kept.control(gate.inputOf(channel), gate.channelOfInput(channel), element);
        }
    }

    /** The engine's own follow again from what the producers restore. */
    private static boolean isAdapters(Control element) {
        return !(element instanceof EndOfData
                || element instanceof EndOfChannel
                || element instanceof CheckpointBarrier);
    }

    /** The barrier was read, or the channel has ended. */
    void passed(int channel) {
        open.clear(channel);
    }

    boolean isComplete() {
        return open.isEmpty();
    }

    PendingSnapshot completed() {
        return kept.completed(operators);
    }

    void cancel() {
        operators.cancel();
    }

    /** What comes behind an exception is not kept: the task fails of it. */
    private final class Keeping implements InputGate.Elements {
        private final int input;
        private final int channel;
        private @Nullable Exception failure;

        Keeping(int input, int channel) {
            this.input = input;
            this.channel = channel;
        }

        @Override
        public void records(RecordBatch batch, int from, int to) {
            if (failure == null) {
                try {
                    kept.records(input, channel, batch, from, to);
                } catch (Exception e) {
                    failure = e;
                }
            }
        }

        @Override
        public void control(Control element) {
            if (failure == null && isAdapters(element)) {
                try {
                    kept.control(input, channel, element);
                } catch (Exception e) {
                    failure = e;
                }
            }
        }
    }
}
