package dev.weir.engine.task;

import dev.weir.engine.exchange.ChannelWriter;
import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.EndOfChannel;
import dev.weir.engine.exchange.EndOfData;
import dev.weir.engine.exchange.InputGate;
import dev.weir.engine.exchange.Occupancy;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.exchange.Traffic;
import dev.weir.engine.exchange.WaitObserver;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The loop of one subtask. {@link #step} does a little of what there is to do, mails before input before the flush of
 * outputs, and never waits (unless a record's emissions overrun a bounded output); a driver calls it again and again.
 *
 * <p>Owned by the task's thread: {@code open, step*, complete} or {@code open, step*, abort}; exceptions of the processor
 * come out of these. The methods of {@link TaskContext}, {@link #cancel()}, {@link #cancelProcessor()} and {@link #times()}
 * may be called from any thread.
 */
public final class TaskLoop implements TaskContext {

    /** What a step came to. */
    public enum Step {
        /** There may be more to do at once. */
        WORKED,
        /** Nothing to do until {@link #mayProceed()}. */
        IDLE,
        /** An output is full, and no mail waits. */
        BACKPRESSURED,
        /** The inputs have ended and the processor has finished; what remains is {@link #complete()}. */
        FINISHED
    }

    private static final int PULL_RECORDS = 256;
    private static final long IDLE_FLUSH_NANOS = 1_000_000;

    private final SubtaskId subtask;
    private final Callable<Processor> factory;
    private final InputGate gate;
    private final List<EdgeWriter> outputs;
    private final ChannelWriter[] writers;
    private final TaskSignal signal;
    private final InputProgress progress;
    private final TaskCheckpoints checkpoints;
    private final TaskTimes times = new TaskTimes();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private volatile Consumer<Throwable> onFailure = cause -> {};
    private volatile Runnable onCheckpointNotice = () -> {};
    private volatile @Nullable Processor processor;
    private boolean cancelAnnounced;

    private int nextInput;
    private boolean dataFinished;
    private boolean closed;
    private Step lastStep = Step.WORKED;
    private long lastNanos;
    private long lastBlockedNanos;
    private boolean started;
    private long lastIdleFlushNanos;
    private long idleNanosMax = Long.MAX_VALUE;

    /**
     * A loop that has not begun.
     *
     * @param factory makes the processor; called once, on the task's thread
     */
    public TaskLoop(
            SubtaskId subtask,
            SubtaskPlan plan,
            Callable<Processor> factory,
            InputGate gate,
            List<ChannelWriter> outputs,
            TaskSignal signal,
            TaskCheckpointing checkpointing) {
        this.subtask = subtask;
        this.factory = factory;
        this.gate = gate;
        this.outputs = List.copyOf(outputs);
        this.writers = outputs.toArray(ChannelWriter[]::new);
        this.signal = signal;
        this.progress = new InputProgress(plan, gate);
        this.checkpoints =
                new TaskCheckpoints(subtask, checkpointing, writers, gate, progress.hasSource(), signal::raise);
    }

    /** Who hears of {@link #fail}; to be set before {@link #open()}. Without one the next step throws the cause. */
    public void onFailure(Consumer<Throwable> listener) {
        onFailure = listener;
    }

    /** Makes the processor and opens it. May block. */
    public void open() throws Exception {
        signal.throwIfCancelled();
        Processor created = factory.call();
        synchronized (this) {
            processor = created;
        }
        throwIfStopped();
        created.open(this);
        signal.raise();
    }

    /**
     * Does a little of what there is to do.
     *
     * @param nowNanos of {@link System#nanoTime()}, or of a simulator's clock
     */
    public Step step(long nowNanos) throws Exception {
        account(nowNanos);
        gate.debloat(nowNanos, times.idleNanos());
        lastStep = Step.WORKED;
        lastStep = act(nowNanos);
        return lastStep;
    }

    private void account(long nowNanos) {
        long blocked = signal.blockedNanos();
        if (started) {
            long elapsed = Math.max(0, nowNanos - lastNanos);
            times.add(lastStep, elapsed, Math.min(elapsed, blocked - lastBlockedNanos));
        }
        started = true;
        lastNanos = nowNanos;
        lastBlockedNanos = blocked;
    }

    private Step act(long nowNanos) throws Exception {
        throwIfStopped();
        Processor open = running();
        boolean worked = false;
        boolean attention = signal.takeAttention();
        if (!attention && checkpoints.nanosToDeadline() == 0) {
            worked = checkpoints.overtake(open, nowNanos);
        }
        if (attention) {
            progress.wakeSources();
            boolean told = checkpoints.runMessages(open, nowNanos);
            told |= checkpoints.overtake(open, nowNanos);
            if (open.runMails() || told) {
                worked = true;
                signal.raise();
            }
        }
        if (!outputsAvailable()) {
            return worked ? Step.WORKED : Step.BACKPRESSURED;
        }
        if (!dataFinished && progress.dataEnded()) {
            finishData(open, nowNanos);
            worked = true;
        }
        gate.collect();
        worked |= readInput(open, nowNanos);
        if (worked) {
            return Step.WORKED;
        }
        if (dataFinished && checkpoints.mayEnd(progress.channelsEnded())) {
            return Step.FINISHED;
        }
        flushWhenIdle(nowNanos);
        return Step.IDLE;
    }

    private void finishData(Processor open, long nowNanos) throws Exception {
        open.finish(progress.drain());
        EndOfData end = progress.drain() ? EndOfData.DRAIN : EndOfData.NO_DRAIN;
        for (ChannelWriter writer : writers) {
            writer.broadcast(end);
        }
        dataFinished = true;
        checkpoints.dataEnded(open, nowNanos);
    }

    /** One pull or one run of records, from the next input in turn that has any. */
    private boolean readInput(Processor open, long nowNanos) throws Exception {
        int inputs = progress.inputs();
        // After the data only the ends of channels are left, which are no business of the processor.
        long selected = dataFinished ? -1L : open.selectedInputs();
        for (int tried = 0; tried < inputs; tried++) {
            int input = nextInput;
            nextInput = input + 1 < inputs ? input + 1 : 0;
            if ((selected >>> input & 1) == 0 || progress.channelsEnded(input)) {
                continue;
            }
            if (progress.isSource(input) ? pull(open, input) : read(open, input, nowNanos)) {
                return true;
            }
        }
        return false;
    }

    private boolean pull(Processor open, int input) throws Exception {
        if (progress.sourceSleeps(input)) {
            return false;
        }
        switch (open.pull(input, PULL_RECORDS)) {
            case IDLE -> {
                progress.sourceIdle(input);
                return false;
            }
            case END -> progress.sourceEnded(input, true);
            case STOPPED -> progress.sourceEnded(input, false);
            case MORE -> {}
        }
        return true;
    }

    private boolean read(Processor open, int input, long nowNanos) throws Exception {
        if (!gate.advance(input)) {
            return false;
        }
        int channel = gate.channel();
        Control control = gate.control();
        int from = gate.from();
        if (control == null) {
            int flattened = gate.flattened(input, channel);
            gate.take(
                    checkpoints.keeps(flattened)
                            ? keepAndRead(open, input, channel, flattened)
                            : read(open, input, channel, from, gate.to()));
        } else {
            gate.take(from + 1);
            checkpoints.keep(gate.flattened(input, channel), control);
            onControl(open, input, channel, control, nowNanos);
        }
        return true;
    }

    private int read(Processor open, int input, int channel, int from, int to) throws Exception {
        int upTo = open.onRecords(input, channel, gate.batch(), from, to);
        if (upTo <= from || upTo > to) {
            throw new IllegalStateException("processor of '" + subtask + "' took records up to index=" + upTo
                    + ", which is not in (" + from + ", " + to + "]");
        }
        return upTo;
    }

    /**
     * Reads a run of which each record is to be kept for a checkpoint before the processor may change it. As long a run as of
     * other channels, or these would hold back the very one whose barrier is waited for.
     */
    private int keepAndRead(Processor open, int input, int channel, int flattened) throws Exception {
        int at = gate.from();
        do {
            checkpoints.keep(flattened, gate.batch(), at, at + 1);
            at = read(open, input, channel, at, at + 1);
        } while (at < gate.to() && outputsAvailable() && checkpoints.keeps(flattened));
        return at;
    }

    private void onControl(Processor open, int input, int channel, Control control, long nowNanos) throws Exception {
        if (control instanceof EndOfData end) {
            progress.channelDataEnded(input, end.drain());
            open.onEndOfChannelData(input, channel);
            if (progress.inputDrained(input)) {
                open.onEndOfInput(input);
            }
        } else if (control instanceof EndOfChannel) {
            progress.channelEnded(input);
            checkpoints.channelEnded(open, gate.flattened(input, channel), nowNanos);
        } else if (control instanceof CheckpointBarrier barrier) {
            checkpoints.barrier(open, barrier, gate.flattened(input, channel), nowNanos);
        } else {
            open.onControl(input, channel, control);
        }
    }

    private boolean outputsAvailable() {
        for (ChannelWriter writer : writers) {
            if (!writer.isAvailable()) {
                return false;
            }
        }
        return true;
    }

    private void flushWhenIdle(long nowNanos) {
        idleNanosMax = Long.MAX_VALUE;
        for (ChannelWriter writer : writers) {
            if (writer.bufferTimeoutMillis() > 0 && writer.isDirty()) {
                long waited = nowNanos - lastIdleFlushNanos;
                if (waited < IDLE_FLUSH_NANOS) {
                    idleNanosMax = IDLE_FLUSH_NANOS - waited;
                    return;
                }
                flushTimed();
                lastIdleFlushNanos = nowNanos;
                return;
            }
        }
    }

    private void flushTimed() {
        for (ChannelWriter writer : writers) {
            if (writer.bufferTimeoutMillis() > 0 && writer.isDirty()) {
                writer.flushDirty();
            }
        }
    }

    /** For a driver with a thread of its own, after a step that did nothing: sleeps until another may come to something. */
    public void sleep() {
        long nanosMax = lastStep == Step.IDLE ? idleNanosMax : Long.MAX_VALUE;
        signal.sleep(
                this::mayProceed,
                Math.min(nanosMax, checkpoints.nanosToDeadline()),
                lastStep == Step.BACKPRESSURED ? WaitObserver.Wait.OUTPUT : WaitObserver.Wait.INPUT);
    }

    /** Task thread: whether the step after an idle or backpressured one could come to something. */
    public boolean mayProceed() {
        if (signal.isRaised() || signal.isCancelled() || failure.get() != null) {
            return true;
        }
        if (lastStep != Step.BACKPRESSURED) {
            return lastStep != Step.IDLE || gate.isSignalled();
        }
        for (ChannelWriter writer : writers) {
            writer.announceSpace();
        }
        return outputsAvailable();
    }

    /** After {@link Step#FINISHED}: closes the processor, then the outgoing channels. May block on a full output. */
    public void complete() throws Exception {
        closeProcessor();
        for (ChannelWriter writer : writers) {
            writer.broadcast(EndOfChannel.INSTANCE);
        }
        gate.release();
    }

    /** Ends a task that failed or was cancelled, wherever it stood: closes the processor, lets its producers go. */
    public void abort() throws Exception {
        // What user code emits while it is closed is for nobody, and must not wait for a full output.
        signal.cancel();
        try {
            closeProcessor();
        } finally {
            discard();
        }
    }

    /** Of a loop that will not begin: producers do not wait for it. */
    public void discard() {
        gate.release();
    }

    private void closeProcessor() throws Exception {
        Processor open = processor;
        if (open != null && !closed) {
            closed = true;
            open.close();
        }
    }

    /** Any thread, never blocks: a checkpoint of a task that no barrier will reach, since all its producers have ended or it has none. */
    public void triggerCheckpoint(CheckpointBarrier barrier) {
        tell(new TaskCheckpoints.Message.Trigger(barrier));
    }

    /** Any thread, never blocks: a checkpoint has completed. */
    public void checkpointCompleted(long id) {
        tell(new TaskCheckpoints.Message.Completed(id));
        onCheckpointNotice.run();
    }

    /** Any thread, never blocks: a checkpoint was given up. */
    public void checkpointAborted(long id) {
        tell(new TaskCheckpoints.Message.Aborted(id));
        onCheckpointNotice.run();
    }

    @Override
    public void onCheckpointNotice(Runnable listener) {
        onCheckpointNotice = listener;
    }

    @Override
    public void runCheckpointNotices() throws Exception {
        Processor open = processor;
        if (open != null && !closed && !signal.isCancelled() && failure.get() == null) {
            checkpoints.runNotices(open);
        }
    }

    private void tell(TaskCheckpoints.Message message) {
        checkpoints.add(message);
        signal.raise();
    }

    /** Any thread, never blocks: the loop stops at its next step, and whoever waits for an output stops waiting. */
    public void cancel() {
        signal.cancel();
    }

    /** Any thread: hands {@link #cancel()} on to the processor, once, if there is one yet. Runs user code. */
    public void cancelProcessor() {
        Processor open;
        synchronized (this) {
            open = processor;
            if (open == null || cancelAnnounced) {
                return;
            }
            cancelAnnounced = true;
        }
        open.cancel();
    }

    @Override
    public TaskTimes times() {
        return times;
    }

    @Override
    public void observeWaits(WaitObserver observer) {
        signal.observe(observer);
    }

    @Override
    public Occupancy inputOccupancy() {
        return gate.occupancy();
    }

    @Override
    public Occupancy outputOccupancy() {
        return Occupancy.of(writers);
    }

    @Override
    public long receivedBytes() {
        return gate.receivedBytes();
    }

    @Override
    public Traffic sent() {
        Traffic sent = Traffic.NONE;
        for (ChannelWriter writer : writers) {
            sent = sent.and(writer.traffic());
        }
        return sent;
    }

    @Override
    public int debloatedBytes() {
        return gate.debloatedBytes();
    }

    @Override
    public long millisToConsume() {
        return gate.millisToConsume();
    }

    @Override
    public SnapshotTimes latestSnapshot() {
        return checkpoints.latest();
    }

    /** Task thread: the processor threw this. What {@link #fail} hears from now on follows from it and is no cause. */
    public void threw(Throwable cause) {
        failure.compareAndSet(null, cause);
    }

    /** The cause given to {@link #fail} or {@link #threw}, whichever was first, if one was called. */
    public @Nullable Throwable failure() {
        return failure.get();
    }

    @Override
    public SubtaskId subtask() {
        return subtask;
    }

    @Override
    public List<EdgeWriter> outputs() {
        return outputs;
    }

    @Override
    public int channels(int input) {
        return gate.channels(input);
    }

    @Override
    public void block(int input, int channel) {
        gate.block(input, channel);
    }

    @Override
    public void unblock(int input) {
        gate.unblock(input);
    }

    @Override
    public void wake() {
        signal.raise();
    }

    @Override
    public boolean shouldYield() {
        return signal.isRaised();
    }

    @Override
    public boolean isCancelled() {
        return signal.isCancelled();
    }

    @Override
    public void fail(Throwable cause) {
        if (failure.compareAndSet(null, cause)) {
            signal.raise();
            onFailure.accept(cause);
        }
    }

    @Override
    public void awaitOutputs() {
        signal.await(() -> {
            for (ChannelWriter writer : writers) {
                writer.announceSpace();
            }
            return outputsAvailable();
        });
    }

    private Processor running() {
        Processor open = processor;
        if (open == null) {
            throw new IllegalStateException("task '" + subtask + "' steps before it is open");
        }
        return open;
    }

    private void throwIfStopped() throws Exception {
        Throwable cause = failure.get();
        if (cause instanceof Exception exception) {
            throw exception;
        } else if (cause instanceof Error error) {
            throw error;
        } else if (cause != null) {
            throw new IllegalStateException(cause);
        }
        signal.throwIfCancelled();
    }
}
