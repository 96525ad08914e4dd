package dev.weir.testing.life;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.InFlight;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.engine.task.Processor;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.TaskContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A source, an operator or a sink of a {@link RandomJob}. */
final class JobProcessor implements Processor {

    /** What a processor meets. */
    record Surroundings(Random random, Outside outside, Coordination coordination, Faults faults, Stores stores) {}

    private final RandomJob job;
    private final RandomJob.Kind kind;
    private final SubtaskId subtask;
    private final Surroundings around;
    private final Random random;
    private final TaskState restored;
    private final boolean finishedBefore;
    private final List<Integer> outgoing;
    private final Deque<SplitEvent> mails = new ArrayDeque<>();
    private final List<Split> splits = new ArrayList<>();
    private final List<Transaction> prepared = new ArrayList<>();
    private final List<Item> unprepared = new ArrayList<>();
    private final @Nullable Counts counts;
    private boolean replayed;
    private boolean asked;
    private boolean noMoreSplits;
    private @Nullable TaskContext context;

    /** @param finishedBefore whether the whole vertex had finished in the checkpoint that it goes on from */
    JobProcessor(RandomJob job, SubtaskId subtask, TaskState restored, boolean finishedBefore, Surroundings around) {
        this.job = job;
        this.kind = job.vertices().get(subtask.vertex());
        this.subtask = subtask;
        this.around = around;
        this.random = new Random(around.random().nextLong());
        this.restored = restored;
        this.finishedBefore = finishedBefore;
        this.outgoing = job.outgoing(subtask.vertex());
        this.counts = kind == RandomJob.Kind.COUNT
                ? around.stores().open(subtask.index(), job.maxParallelism(), subtask.parallelism(), restored.counts())
                : null;
        splits.addAll(restored.splits());
    }

    @Override
    public void open(TaskContext taskContext) {
        context = taskContext;
        around.faults().perhapsAt("open");
        restored.transactions().forEach(around.outside()::commit);
        if (kind == RandomJob.Kind.SOURCE && !finishedBefore) {
            around.coordination().ready(subtask, this::deliver);
        }
    }

    private void deliver(SplitEvent event) {
        mails.add(event);
        opened().wake();
    }

    private TaskContext opened() {
        TaskContext open = context;
        if (open == null) {
            throw new AssertionError(subtask + " is not open");
        }
        return open;
    }

    @Override
    public boolean runMails() {
        boolean any = !mails.isEmpty() || !replayed;
        replay();
        for (SplitEvent event = mails.poll(); event != null; event = mails.poll()) {
            if (event instanceof SplitEvent.Assigned assigned) {
                asked = false;
                splits.addAll(assigned.splits());
            } else {
                noMoreSplits = true;
            }
        }
        return any;
    }

    /** What was in flight comes before everything else. */
    private void replay() {
        if (!replayed) {
            replayed = true;
            restored.inFlight().forEach(overtaken -> take(overtaken.item()));
        }
    }

    @Override
    public int onRecords(int input, int channel, RecordBatch batch, int from, int to) {
        for (int i = from; i < to; i++) {
            take((Item) batch.values()[i]);
            if (opened().shouldYield() || random.nextInt(8) == 0) {
                return i + 1;
            }
        }
        return to;
    }

    private void take(Item item) {
        around.faults().perhapsAt("record");
        Item own = counts == null ? item.copy() : item.stamped(subtask.vertex(), counts.next(item.key()));
        item.spend();
        if (kind == RandomJob.Kind.SINK) {
            unprepared.add(own);
        } else {
            emit(own);
        }
    }

    private void emit(Item item) {
        for (int out = 0; out < outgoing.size(); out++) {
            int edge = outgoing.get(out);
            int channels = opened().outputs().get(out).channels();
            int channel = job.edges().get(edge).keyed()
                    ? TaskState.subtaskOf(item.key(), job, channels)
                    : random.nextInt(channels);
            opened().outputs().get(out).emit(channel, item.along(edge), 0);
        }
    }

    @Override
    public void onControl(int input, int channel, Control control) {
        throw new AssertionError("nobody sends " + control);
    }

    @Override
    public void onEndOfInput(int input) {}

    @Override
    public Progress pull(int input, int recordsMax) {
        if (finishedBefore) {
            return Progress.END;
        }
        splits.removeIf(Split::isRead);
        if (splits.isEmpty()) {
            if (noMoreSplits) {
                return Progress.END;
            }
            if (!asked) {
                asked = true;
                around.coordination().ask(subtask);
            }
            return Progress.IDLE;
        }
        for (int left = 1 + random.nextInt(Math.min(4, recordsMax)); left > 0 && !splits.isEmpty(); left--) {
            around.faults().perhapsAt("pull");
            int which = random.nextInt(splits.size());
            Split split = splits.get(which);
            emit(new Item(
                    split.name(), split.position(), RandomJob.keyOf(split, split.position()), List.of(), List.of()));
            splits.set(which, split.advanced());
            splits.removeIf(Split::isRead);
        }
        return Progress.MORE;
    }

    @Override
    public PendingSnapshot checkpoint(CheckpointBarrier barrier, Runnable passOn) {
        around.faults().perhapsAt("barrier");
        passOn.run();
        if (!unprepared.isEmpty()) {
            prepared.add(new Transaction(around.outside().newTransaction(), barrier.id(), unprepared));
            unprepared.clear();
        }
        Snapshot snapshot = new Snapshot(splits, prepared, counts, finishedBefore);
        around.coordination().passed(subtask, barrier.id());
        return snapshot;
    }

    @Override
    public InFlight inFlight(CheckpointBarrier barrier) {
        return new InFlight() {
            private final List<Item> kept = new ArrayList<>();

            @Override
            public void records(int input, int channel, RecordBatch batch, int from, int to) {
                for (int i = from; i < to; i++) {
                    kept.add(((Item) batch.values()[i]).copy());
                }
            }

            @Override
            public void control(int input, int channel, Control element) {
                throw new AssertionError("nobody sends " + element);
            }

            @Override
            public PendingSnapshot completed(PendingSnapshot operators) {
                Snapshot snapshot = (Snapshot) operators;
                kept.forEach(
                        item -> snapshot.overtaken(item.path().get(item.path().size() - 1), item));
                return snapshot;
            }
        };
    }

    @Override
    public void checkpointCompleted(long id) {
        around.faults().perhapsAt("completion");
        for (Transaction transaction : List.copyOf(prepared)) {
            if (transaction.checkpointId() <= id) {
                around.outside().commit(transaction);
                prepared.remove(transaction);
            }
        }
    }

    @Override
    public void finish(boolean drain) {
        around.faults().perhapsAt("finish");
    }

    @Override
    public void close() {}
}
