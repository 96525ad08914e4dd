package dev.weir.engine.task;

import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.exchange.ChannelWriter;
import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.InputGate;
import dev.weir.engine.exchange.RecordBatch;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One subtask's part in checkpoints: triggers from outside, barriers from its channels, and how long a task stays whose
 * data has ended. Task thread, except {@link #add} and {@link #latest}.
 */
final class TaskCheckpoints {

    /** What the coordinator says to a task. */
    sealed interface Message {
        record Trigger(CheckpointBarrier barrier) implements Message {}

        record Completed(long id) implements Message {}

        /** The processor may hear of it earlier than the rest of the task. */
        final class Aborted implements Message {
            private final long id;
            private boolean told;

            Aborted(long id) {
                this.id = id;
            }
        }
    }

    private static final long NONE = -1;

    private final SubtaskId subtask;
    private final TaskCheckpointing checkpointing;
    private final ChannelWriter[] writers;
    private final InputGate gate;
    private final BarrierAlignment alignment;
    private final boolean hasSource;
    private final Queue<Message> messages = new ConcurrentLinkedQueue<>();
    private final UnwrittenSnapshots unwritten;
    private boolean dataEnded;
    private @Nullable Overtaking overtaking;

    /** The first checkpoint that was passed after the data had ended, or that stops the job: with it the task may go. */
    private long last = NONE;

    private boolean lastCompleted;

    /** The savepoint that stops the job. */
    private long stopId = NONE;

    private @Nullable CheckpointBarrier stopping;

    /** The same, where it came through channels while a source of this task still runs. */
    private BarrierAlignment.@Nullable Aligned stoppingAligned;

    /** Of the checkpoint whose first barrier came last. */
    private long firstDelayMillis;

    private volatile SnapshotTimes latest = SnapshotTimes.NONE;

    /** @param wake called on any thread where a task that could not end may be able to */
    TaskCheckpoints(
            SubtaskId subtask,
            TaskCheckpointing checkpointing,
            ChannelWriter[] writers,
            InputGate gate,
            boolean hasSource,
            Runnable wake) {
        this.subtask = subtask;
        this.checkpointing = checkpointing;
        this.writers = writers;
        this.alignment = new BarrierAlignment(
                gate,
                id -> checkpointing.listener().declined(subtask, id, new CheckpointSubsumedException(id)),
                checkpointing.epochMillis());
        this.gate = gate;
        this.hasSource = hasSource;
        this.unwritten = new UnwrittenSnapshots(wake);
    }

    /** Any thread: of the latest snapshot. */
    SnapshotTimes latest() {
        return latest;
    }

    /** Any thread; the caller wakes the task. */
    void add(Message message) {
        messages.add(message);
    }

    /** Carries out what the coordinator has said. True if there was anything. */
    boolean runMessages(Processor processor, long nowNanos) throws Exception {
        boolean any = false;
        for (Message message = messages.poll(); message != null; message = messages.poll()) {
            any = true;
            if (message instanceof Message.Trigger trigger) {
                trigger(processor, trigger.barrier(), nowNanos);
            } else if (message instanceof Message.Completed completed) {
                completed(processor, completed.id());
            } else if (message instanceof Message.Aborted aborted) {
                alignment.aborted(aborted.id);
                giveUp(aborted.id);
                tell(processor, aborted);
            }
        }
        return any;
    }

    /**
     * Tells the processor in the middle of one of its calls which checkpoints have ended. What of it concerns the gate waits
     * for {@link #runMessages}: the call may be for a record of a channel that a barrier holds.
     */
    void runNotices(Processor processor) throws Exception {
        for (Iterator<Message> waiting = messages.iterator(); waiting.hasNext(); ) {
            Message message = waiting.next();
            // a notice may run others that wait behind it, where its receiver waits in turn
            if (message instanceof Message.Completed completed && messages.remove(completed)) {
                completed(processor, completed.id());
            } else if (message instanceof Message.Aborted aborted) {
                tell(processor, aborted);
            }
        }
    }

    private void completed(Processor processor, long id) throws Exception {
        processor.checkpointCompleted(id);
        lastCompleted |= last != NONE && id >= last;
    }

    private void tell(Processor processor, Message.Aborted aborted) throws Exception {
        failIfStopping(aborted.id);
        if (!aborted.told) {
            aborted.told = true;
            processor.checkpointAborted(aborted.id);
        }
    }

    /** Whether the processor has heard of an end of which the rest of the task has not. */
    private boolean isKnownAborted(CheckpointBarrier barrier) {
        for (Message message : messages) {
            if (message instanceof Message.Aborted aborted && aborted.told && aborted.id == barrier.id()) {
                return true;
            }
        }
        return false;
    }

    /** A task whose sources have stopped for a savepoint can not go on without it, but from a checkpoint. */
    private void failIfStopping(long abortedId) {
        if (abortedId == stopId) {
            throw new IllegalStateException("Stop-with-savepoint failed.");
        }
    }

    private void trigger(Processor processor, CheckpointBarrier barrier, long nowNanos) throws Exception {
        if (stopsSources(barrier) && !isKnownAborted(barrier)) {
            stopping = barrier;
            stopSources(processor, barrier);
            return;
        }
        take(processor, alignment.triggered(barrier, nowNanos), startDelayMillis(barrier));
    }

    private boolean stopsSources(CheckpointBarrier barrier) {
        return barrier.options().isSynchronous() && hasSource && !dataEnded;
    }

    /** The barrier goes behind the last record, once the sources have said that they emit no more. */
    private void stopSources(Processor processor, CheckpointBarrier barrier) throws Exception {
        stopId = barrier.id();
        processor.stopSources(barrier.options().action() == PostCheckpointAction.TERMINATE);
    }

    /** A channel, by its index over all inputs, has delivered a barrier. */
    void barrier(Processor processor, CheckpointBarrier barrier, int channel, long nowNanos) throws Exception {
        if (alignment.isFirst(barrier)) {
            firstDelayMillis = startDelayMillis(barrier);
        }
        take(processor, alignment.barrier(barrier, channel, nowNanos), firstDelayMillis);
    }

    /** What producers have announced, and what has become overdue. True if anything came of it. */
    boolean overtake(Processor processor, long nowNanos) throws Exception {
        boolean any = false;
        for (InputGate.Announced next = gate.pollAnnounced(); next != null; next = gate.pollAnnounced()) {
            CheckpointBarrier barrier = (CheckpointBarrier) next.element();
            if (alignment.isFirst(barrier)) {
                firstDelayMillis = startDelayMillis(barrier);
            }
            take(processor, alignment.announced(barrier, nowNanos), firstDelayMillis);
            any = true;
        }
        Overtaking present = overtaking;
        if (any && present != null) {
            present.lookThrough();
            completeOvertaking();
        }
        BarrierAlignment.Aligned overdue = alignment.overdue(nowNanos);
        take(processor, overdue, firstDelayMillis);
        return any || overdue != null;
    }

    /** How long nothing becomes overdue. */
    long nanosToDeadline() {
        long deadline = alignment.deadlineMillis();
        return deadline == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : TimeUnit.MILLISECONDS.toNanos(
                        Math.max(0, deadline - checkpointing.epochMillis().getAsLong()));
    }

    /** Whether records of a channel are to be given to {@link #keep} one by one, each before it is processed. */
    boolean keeps(int channel) {
        Overtaking present = overtaking;
        return present != null && present.keeps(channel);
    }

    void keep(int channel, RecordBatch batch, int from, int to) throws Exception {
        Overtaking present = overtaking;
        if (present != null) {
            present.keep(channel, batch, from, to);
        }
    }

    void keep(int channel, Control element) throws Exception {
        Overtaking present = overtaking;
        if (present == null || !present.keeps(channel)) {
            return;
        }
        present.keep(channel, element);
        if (element instanceof CheckpointBarrier barrier && barrier.id() >= present.id()) {
            present.passed(channel);
            completeOvertaking();
        }
    }

    private void completeOvertaking() {
        Overtaking present = overtaking;
        if (present != null && present.isComplete()) {
            overtaking = null;
            taken(present.barrier(), present.times(), present.completed());
        }
    }

    private void giveUp(long id) {
        Overtaking present = overtaking;
        if (present != null && present.id() == id) {
            overtaking = null;
            present.cancel();
        }
    }

    /** A checkpoint begins while another still keeps what it overtakes: the older one has no end. */
    private void supersede() {
        Overtaking present = overtaking;
        if (present != null) {
            giveUp(present.id());
            checkpointing.listener().declined(subtask, present.id(), new CheckpointSubsumedException(present.id()));
        }
    }

    void channelEnded(Processor processor, int channel, long nowNanos) throws Exception {
        Overtaking present = overtaking;
        if (present != null) {
            present.passed(channel);
            completeOvertaking();
        }
        take(processor, alignment.channelEnded(channel, nowNanos), firstDelayMillis);
    }

    /** The task has sent its end of data. */
    void dataEnded(Processor processor, long nowNanos) throws Exception {
        dataEnded = true;
        CheckpointBarrier stop = stopping;
        BarrierAlignment.Aligned aligned = stoppingAligned;
        if (stop != null) {
            stopping = null;
            take(processor, alignment.triggered(stop, nowNanos), startDelayMillis(stop));
        } else if (aligned != null) {
            stoppingAligned = null;
            take(processor, aligned, firstDelayMillis);
        } else if (checkpointing.finalCheckpoint()) {
            checkpointing.listener().dataEnded(subtask);
        }
    }

    /**
     * Whether a task whose data has ended may end itself. With it would end what writes its snapshots; and those before it may
     * emit when they hear of their last checkpoint, as committers do.
     */
    boolean mayEnd(boolean channelsEnded) {
        boolean awaitsLast = checkpointing.finalCheckpoint() || last != NONE;
        return channelsEnded && unwritten.isEmpty() && (lastCompleted || !awaitsLast);
    }

    private void take(Processor processor, BarrierAlignment.@Nullable Aligned aligned, long startDelayMillis)
            throws Exception {
        if (aligned == null || isKnownAborted(aligned.barrier())) {
            return;
        }
        CheckpointBarrier barrier = aligned.barrier();
        if (stopsSources(barrier)) {
            stoppingAligned = aligned;
            stopSources(processor, barrier);
            return;
        }
        if (last == NONE
                && dataEnded
                && (checkpointing.finalCheckpoint() || barrier.options().isSynchronous())) {
            last = barrier.id();
        }
        supersede();
        // events that coordinators sent before their own snapshot, which was before any barrier, are in the mailbox by
        // now
        processor.runMails();
        if (isKnownAborted(barrier)) {
            return;
        }
        long start = System.nanoTime();
        boolean overtakes = !aligned.open().isEmpty();
        PendingSnapshot snapshot = processor.checkpoint(barrier, () -> passOn(barrier));
        InFlight kept = overtakes ? processor.inFlight(barrier) : null;
        SnapshotTimes times = new SnapshotTimes(
                startDelayMillis,
                aligned.alignmentNanos(),
                aligned.processedBytes(),
                System.nanoTime() - start,
                overtakes);
        latest = times;
        if (kept == null) {
            taken(barrier, times, snapshot);
            return;
        }
        Overtaking begun = new Overtaking(barrier, gate, kept, snapshot, times, aligned.open());
        overtaking = begun;
        begun.lookThrough();
        completeOvertaking();
    }

    private void taken(CheckpointBarrier barrier, SnapshotTimes times, PendingSnapshot snapshot) {
        checkpointing.listener().taken(subtask, barrier, times, unwritten.counted(snapshot));
    }

    private void passOn(CheckpointBarrier barrier) {
        for (ChannelWriter writer : writers) {
            writer.broadcast(barrier);
            if (barrier.options().alignment().mayOvertake()) {
                writer.announce(barrier);
            }
        }
    }

    private long startDelayMillis(CheckpointBarrier barrier) {
        return Math.max(0, checkpointing.epochMillis().getAsLong() - barrier.timestampMillis());
    }
}
