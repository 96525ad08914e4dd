package dev.weir.testing.simulation;

import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.job.Dataflow.Edge;
import dev.weir.engine.job.EdgeWiring;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.InFlight;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.engine.task.Processor;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.TaskContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Emits numbered tokens on every channel and checks the numbers of those that it gets. Task thread only. */
final class TracedProcessor implements Processor {

    /** The {@code number}-th element that {@code producer} sent down its channel of that index, on the dataflow's edge of that index. */
    private record Token(int edge, int producer, int channel, long number) {}

    private static final class Mark extends Control {
        final Token token;

        Mark(Token token) {
            this.token = token;
        }
    }

    private record Taken(Cut cut) implements PendingSnapshot {
        @Override
        public Cut complete() {
            return cut;
        }

        @Override
        public void cancel() {}
    }

    private enum Life {
        MADE,
        OPEN,
        FINISHED,
        CLOSED
    }

    /**
     * Where a subtask stood at a checkpoint.
     *
     * @param sent elements, by the dataflow's edge, its own index and the channel
     * @param taken elements, by edge, producer and channel
     * @param inFlight elements that the barrier has overtaken, likewise
     */
    record Cut(Map<List<Integer>, Long> sent, Map<List<Integer>, Long> taken, Map<List<Integer>, Long> inFlight)
            implements SubtaskSnapshot {
        @Override
        public long checkpointedBytes() {
            return 0;
        }

        @Override
        public long fullBytes() {
            return 0;
        }
    }

    /** One channel as its consumer expects it. */
    private static final class Expected {
        final int edge;
        final int producer;
        final int channel;
        long next;
        boolean ended;
        boolean blocked;

        Expected(int edge, int producer, int channel) {
            this.edge = edge;
            this.producer = producer;
            this.channel = channel;
        }
    }

    private final TracedDataflow traced;
    private final SubtaskId subtask;
    private final Random random;
    private final Executor later;
    private final List<Integer> outgoing = new ArrayList<>();
    private final List<List<Expected>> expected = new ArrayList<>();
    private final List<Boolean> sources = new ArrayList<>();
    private final int[] remaining;
    private final boolean[] inputEnded;
    private long[][] sent = {};
    private long received;
    private long latestCheckpoint = -1;
    private long latestCompleted = -1;
    private boolean finished;
    private Life life = Life.MADE;
    private @Nullable TaskContext context;

    TracedProcessor(TracedDataflow traced, SubtaskId subtask, Random random, int recordsPerSource, Executor later) {
        this.traced = traced;
        this.subtask = subtask;
        this.random = random;
        this.later = later;
        sources.addAll(traced.dataflow().vertices().get(subtask.vertex()).sourceInputs());
        remaining = new int[sources.size()];
        inputEnded = new boolean[sources.size()];
        for (int input = 0; input < sources.size(); input++) {
            remaining[input] = sources.get(input) ? random.nextInt(recordsPerSource) : 0;
            expected.add(new ArrayList<>());
        }
    }

    /** Most are small, a few are larger than all batches of a channel. */
    private static int bytes(@Nullable Object value) {
        long mixed = value instanceof Token token ? (token.number() + token.channel()) * 7919 : 0;
        return (int) (mixed % 97 == 0 ? 5_000 : mixed % 61);
    }

    @Override
    public void open(TaskContext taskContext) {
        advance(Life.MADE, Life.OPEN);
        context = taskContext;
        context.outputs().forEach(writer -> writer.charge(TracedProcessor::bytes));
        List<Edge> edges = traced.dataflow().edges();
        for (int index = 0; index < edges.size(); index++) {
            Edge edge = edges.get(index);
            if (edge.source() == subtask.vertex()) {
                outgoing.add(index);
            }
            if (edge.target() == subtask.vertex()) {
                EdgeWiring wiring = new EdgeWiring(
                        edge.wiring(),
                        traced.dataflow().vertices().get(edge.source()).parallelism(),
                        subtask.parallelism());
                for (int producer = wiring.firstProducer(subtask.index());
                        producer < wiring.endProducer(subtask.index());
                        producer++) {
                    expected.get(edge.targetInput())
                            .add(new Expected(index, producer, wiring.channel(subtask.index())));
                }
            }
        }
        check(outgoing.size() == taskContext.outputs().size(), "outputs");
        sent = new long[outgoing.size()][];
        for (int out = 0; out < sent.length; out++) {
            sent[out] = new long[taskContext.outputs().get(out).channels()];
        }
        for (int input = 0; input < sources.size(); input++) {
            check(taskContext.channels(input) == expected.get(input).size(), "channels of input " + input);
        }
    }

    @Override
    public boolean runMails() {
        check(life == Life.OPEN || life == Life.FINISHED, "mails");
        unblockSome();
        if (life == Life.OPEN && random.nextInt(10) == 0) {
            emitSome();
            return true;
        }
        return false;
    }

    @Override
    public long selectedInputs() {
        if (random.nextInt(4) != 0) {
            return -1;
        }
        // A selection that may change by itself has to be asked for again.
        opened().wake();
        return random.nextLong();
    }

    @Override
    public int onRecords(int input, int channel, RecordBatch batch, int from, int to) {
        check(life == Life.OPEN && !inputEnded[input], "records");
        for (int i = from; i < to; i++) {
            Token token = (Token) batch.values()[i];
            check(batch.timestamps()[i] == token.number(), "timestamp of " + token);
            accept(input, channel, token);
            if (random.nextInt(8) != 0) {
                emitSome();
            }
            if (opened().shouldYield() || random.nextInt(8) == 0) {
                return i + 1;
            }
        }
        return to;
    }

    @Override
    public void onControl(int input, int channel, Control control) {
        check(life == Life.OPEN && !inputEnded[input], "control");
        accept(input, channel, ((Mark) control).token);
        if (random.nextInt(3) == 0) {
            expected.get(input).get(channel).blocked = true;
            opened().block(input, channel);
            opened().wake();
        }
    }

    /** Gives blocked inputs another chance; whoever still has one asks to be woken again. */
    private void unblockSome() {
        for (int input = 0; input < expected.size(); input++) {
            if (expected.get(input).stream().anyMatch(channel -> channel.blocked)) {
                if (random.nextBoolean()) {
                    expected.get(input).forEach(channel -> channel.blocked = false);
                    opened().unblock(input);
                } else {
                    later.execute(opened()::wake);
                }
            }
        }
    }

    private void accept(int input, int channel, Token token) {
        Expected from = expected.get(input).get(channel);
        check(
                token.edge() == from.edge
                        && token.producer() == from.producer
                        && token.channel() == from.channel
                        && token.number() == from.next
                        && !from.ended
                        && !from.blocked,
                "element of input " + input + " channel " + channel + ", expected number " + from.next + ": " + token);
        from.next++;
        received++;
    }

    @Override
    public void onEndOfChannelData(int input, int channel) {
        check(life == Life.OPEN && !inputEnded[input], "end of channel");
        Expected from = expected.get(input).get(channel);
        check(!from.ended && !from.blocked, "second end of channel, or one past a block");
        from.ended = true;
    }

    @Override
    public void onEndOfInput(int input) {
        check(life == Life.OPEN && !inputEnded[input] && !sources.get(input), "end of input");
        check(expected.get(input).stream().allMatch(channel -> channel.ended), "end of input before its channels'");
        inputEnded[input] = true;
        emitSome();
    }

    @Override
    public Progress pull(int input, int recordsMax) {
        check(life == Life.OPEN && sources.get(input) && !inputEnded[input], "pull");
        if (random.nextInt(6) == 0) {
            if (random.nextBoolean()) {
                opened().wake();
            } else {
                later.execute(opened()::wake);
            }
            return Progress.IDLE;
        }
        for (int i = 0; i < recordsMax && remaining[input] > 0; i++) {
            remaining[input]--;
            emitSome();
            if (opened().shouldYield()) {
                break;
            }
        }
        inputEnded[input] = remaining[input] == 0;
        return inputEnded[input] ? Progress.END : Progress.MORE;
    }

    /** One record in most cases, sometimes none or two, seldom a mark for all. */
    private void emitSome() {
        if (outgoing.isEmpty()) {
            return;
        }
        int dice = random.nextInt(20);
        if (dice == 0) {
            int out = random.nextInt(outgoing.size());
            for (int channel = 0; channel < sent[out].length; channel++) {
                writer(out).emit(channel, new Mark(token(out, channel)));
            }
            return;
        }
        for (int i = dice % 5 == 0 ? 0 : dice % 5 == 1 ? 2 : 1; i > 0; i--) {
            int out = random.nextInt(outgoing.size());
            int channel = random.nextInt(sent[out].length);
            Token token = token(out, channel);
            writer(out).emit(channel, token, token.number());
        }
    }

    private EdgeWriter writer(int out) {
        return opened().outputs().get(out);
    }

    private Token token(int out, int channel) {
        return new Token(outgoing.get(out), subtask.index(), channel, sent[out][channel]++);
    }

    @Override
    public PendingSnapshot checkpoint(CheckpointBarrier barrier, Runnable passOn) {
        check(life == Life.OPEN || life == Life.FINISHED, "checkpoint");
        check(barrier.id() > latestCheckpoint, "checkpoint " + barrier.id() + " behind " + latestCheckpoint);
        latestCheckpoint = barrier.id();
        if (life == Life.OPEN && random.nextBoolean()) {
            emitSome();
        }
        passOn.run();
        Map<List<Integer>, Long> sentSoFar = new HashMap<>();
        for (int out = 0; out < sent.length; out++) {
            for (int channel = 0; channel < sent[out].length; channel++) {
                sentSoFar.put(List.of(outgoing.get(out), subtask.index(), channel), sent[out][channel]);
            }
        }
        Map<List<Integer>, Long> takenSoFar = new HashMap<>();
        for (List<Expected> input : expected) {
            for (Expected from : input) {
                takenSoFar.put(List.of(from.edge, from.producer, from.channel), from.next);
            }
        }
        return new Taken(new Cut(sentSoFar, takenSoFar, Map.of()));
    }

    /** Counts what was overtaken, and checks that it is what would come next. */
    @Override
    public InFlight inFlight(CheckpointBarrier barrier) {
        Map<List<Integer>, Long> kept = new HashMap<>();
        Map<List<Integer>, Long> first = new HashMap<>();
        for (List<Expected> input : expected) {
            for (Expected from : input) {
                first.put(List.of(from.edge, from.producer, from.channel), from.next);
            }
        }
        return new InFlight() {
            private void keep(int input, int channel, Token token) {
                Expected from = expected.get(input).get(channel);
                List<Integer> key = List.of(from.edge, from.producer, from.channel);
                long count = kept.getOrDefault(key, 0L);
                check(
                        token.number() == first.getOrDefault(key, -1L) + count,
                        "overtaken " + token + " behind " + count + " others");
                kept.put(key, count + 1);
            }

            @Override
            public void records(int input, int channel, RecordBatch batch, int from, int to) {
                for (int i = from; i < to; i++) {
                    keep(input, channel, (Token) batch.values()[i]);
                }
            }

            @Override
            public void control(int input, int channel, Control element) {
                keep(input, channel, ((Mark) element).token);
            }

            @Override
            public PendingSnapshot completed(PendingSnapshot operators) {
                Cut cut = ((Taken) operators).cut();
                return new Taken(new Cut(cut.sent(), cut.taken(), Map.copyOf(kept)));
            }
        };
    }

    @Override
    public void checkpointCompleted(long id) {
        check(life != Life.CLOSED && id > latestCompleted, "completion of checkpoint " + id);
        latestCompleted = id;
    }

    @Override
    public void finish(boolean drain) {
        check(drain, "finish without drain");
        for (boolean ended : inputEnded) {
            check(ended, "finish before the end of every input");
        }
        emitSome();
        advance(Life.OPEN, Life.FINISHED);
    }

    @Override
    public void close() {
        check(life != Life.CLOSED, "second close");
        if (life == Life.OPEN) {
            check(opened().isCancelled(), "close before finish");
        }
        finished = life == Life.FINISHED;
        life = Life.CLOSED;
    }

    long sent() {
        long sum = 0;
        for (long[] channels : sent) {
            for (long count : channels) {
                sum += count;
            }
        }
        return sum;
    }

    long received() {
        return received;
    }

    void assertFinished() {
        check(life == Life.CLOSED && finished, "not finished and closed");
    }

    void assertClosed() {
        check(life == Life.CLOSED, "not closed");
    }

    private void advance(Life from, Life to) {
        check(life == from, "not " + from);
        life = to;
    }

    private TaskContext opened() {
        TaskContext open = context;
        if (open == null) {
            throw new AssertionError(subtask + " is not open");
        }
        return open;
    }

    private void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(subtask + " in " + life + ": " + what);
        }
    }
}
