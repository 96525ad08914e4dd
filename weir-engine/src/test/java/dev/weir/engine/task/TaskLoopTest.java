package dev.weir.engine.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.exchange.CancelledException;
import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.ChannelWriter;
import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.EndOfChannel;
import dev.weir.engine.exchange.EndOfData;
import dev.weir.engine.exchange.Exchange;
import dev.weir.engine.exchange.InputGate;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.TaskSignal;
import dev.weir.engine.task.TaskLoop.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskLoopTest {
    private final TaskSignal signal = TaskSignal.overflowing();
    private final List<String> calls = new ArrayList<>();
    private final Scripted processor = new Scripted();
    private ChannelWriter upstream;
    private InputGate downstream;
    private long selected = -1;
    private boolean moreMails;
    private Call inRecord = () -> {};
    private Call inMails = () -> {};
    private Call inClose = () -> {};
    private final List<PendingSnapshot> taken = new ArrayList<>();

    @Test
    void aDrainedInputEndsInOrder() throws Exception {
        TaskLoop loop = loop();
        upstream.emit(0, "a", 1);
        upstream.broadcast(EndOfData.DRAIN);
        upstream.broadcast(EndOfChannel.INSTANCE);

        Step last = Step.WORKED;
        for (int i = 0; i < 10 && last != Step.FINISHED; i++) {
            last = loop.step(i);
        }
        loop.complete();

        assertThat(last).isEqualTo(Step.FINISHED);
        assertThat(calls)
                .containsExactly(
                        "open", "mails", "record a", "end of channel 0", "end of input 0", "finish true", "close");
        assertThat(sent()).containsExactly("a", EndOfData.DRAIN, EndOfChannel.INSTANCE);
    }

    @Test
    void anInputStoppedWithoutDrainingIsNotFinished() throws Exception {
        TaskLoop loop = loop();
        upstream.broadcast(EndOfData.NO_DRAIN);
        upstream.broadcast(EndOfChannel.INSTANCE);

        for (int i = 0; i < 10; i++) {
            loop.step(i);
        }

        assertThat(calls).containsExactly("open", "mails", "end of channel 0", "finish false");
        assertThat(sent()).containsExactly(EndOfData.NO_DRAIN);
    }

    @Test
    void aTaskWaitsForTheEndOfItsChannelsAndRunsMailsMeanwhile() throws Exception {
        TaskLoop loop = loop();
        upstream.broadcast(EndOfData.DRAIN);
        while (loop.step(0) == Step.WORKED) {}
        assertThat(calls).endsWith("finish true");

        loop.wake();
        assertThat(loop.mayProceed()).isTrue();
        loop.step(1);
        assertThat(calls).endsWith("mails");
        assertThat(loop.mayProceed()).isFalse();
        // The processor's choice of inputs is over with its data.
        selected = 0;
        upstream.broadcast(EndOfChannel.INSTANCE);

        assertThat(loop.mayProceed()).isTrue();
        assertThat(loop.step(2)).isEqualTo(Step.WORKED);
        assertThat(loop.step(3)).isEqualTo(Step.FINISHED);
    }

    @Test
    void aTaskStaysUntilItsSnapshotsAreWrittenOrGivenUp() throws Exception {
        TaskLoop loop = loop();
        for (long id = 1; id <= 2; id++) {
            upstream.broadcast(barrier(id));
        }
        upstream.broadcast(EndOfData.DRAIN);
        upstream.broadcast(EndOfChannel.INSTANCE);
        while (loop.step(0) == Step.WORKED) {}
        assertThat(loop.mayProceed()).isFalse();

        taken.get(0).cancel();
        assertThatThrownBy(taken.get(0)::complete).hasMessage("cancelled");
        assertThat(loop.mayProceed()).isTrue();
        assertThat(loop.step(0)).isEqualTo(Step.IDLE);
        assertThat(loop.mayProceed()).isFalse();
        taken.get(1).complete();

        assertThat(loop.mayProceed()).isTrue();
        assertThat(loop.step(0)).isEqualTo(Step.FINISHED);
    }

    @Test
    void mailsRunOnlyWhenTheTaskWasWokenAndAgainWhileTheyDidSomething() throws Exception {
        TaskLoop loop = loop();
        loop.step(0);
        loop.step(1);
        assertThat(calls).containsOnlyOnce("mails");

        moreMails = true;
        loop.wake();
        assertThat(loop.shouldYield()).isTrue();
        assertThat(loop.step(2)).isEqualTo(Step.WORKED);
        moreMails = false;
        assertThat(loop.step(3)).isEqualTo(Step.IDLE);

        assertThat(calls).containsExactly("open", "mails", "mails", "mails");
        assertThat(loop.shouldYield()).isFalse();
    }

    @Test
    void anInputThatIsNotSelectedWaits() throws Exception {
        TaskLoop loop = loop();
        selected = 0;
        upstream.emit(0, "a", 1);
        upstream.flush();

        assertThat(loop.step(0)).isEqualTo(Step.IDLE);
        assertThat(loop.mayProceed()).isFalse();
        selected = 1;
        loop.wake();

        assertThat(loop.step(1)).isEqualTo(Step.WORKED);
        assertThat(calls).endsWith("record a");
    }

    @Test
    void timeIsCountedWhereItIsSpent() throws Exception {
        TaskLoop loop = loop(new ChannelLimits(1, 1, 1));
        upstream.emit(0, "a", 1);
        upstream.emit(0, "b", 1);
        upstream.emit(0, "c", 1);
        upstream.flush();
        assertThat(loop.step(0)).isEqualTo(Step.WORKED);
        assertThat(loop.step(100)).isEqualTo(Step.BACKPRESSURED);
        assertThat(loop.mayProceed()).isFalse();
        assertThat(loop.step(1_100)).isEqualTo(Step.BACKPRESSURED);

        assertThat(sent()).containsExactly("a");
        assertThat(loop.mayProceed()).isTrue();
        assertThat(loop.step(3_100)).isEqualTo(Step.WORKED);
        sent();
        assertThat(loop.step(3_200)).isEqualTo(Step.WORKED);
        sent();
        assertThat(loop.step(3_300)).isEqualTo(Step.IDLE);
        loop.step(53_300);

        assertThat(loop.times().backpressuredNanos()).isEqualTo(3_000);
        assertThat(loop.times().busyNanos()).isEqualTo(300);
        assertThat(loop.times().idleNanos()).isEqualTo(50_000);
    }

    @Test
    void aCancelledLoopThrowsAtItsNextStep() throws Exception {
        TaskLoop loop = loop();
        loop.cancel();
        loop.cancelProcessor();
        loop.cancelProcessor();

        assertThat(loop.isCancelled()).isTrue();
        assertThatThrownBy(() -> loop.step(0)).isInstanceOf(CancelledException.class);
        loop.abort();
        loop.abort();
        assertThat(calls).containsExactly("open", "cancel", "close");
    }

    @Test
    void aLoopFailedFromOutsideThrowsTheCause() throws Exception {
        TaskLoop loop = loop();
        Exception cause = new IOException("outside");
        loop.fail(cause);
        loop.fail(new IllegalStateException("later"));

        assertThatThrownBy(() -> loop.step(0)).isSameAs(cause);
        assertThat(loop.failure()).isSameAs(cause);
    }

    @Test
    void aProcessorThatWaitsInACallHearsOfCheckpointsThereAndOnce() throws Exception {
        TaskLoop loop = loop();
        List<String> notices = new ArrayList<>();
        processor.context.onCheckpointNotice(() -> notices.add("notice"));
        inRecord = () -> {
            loop.checkpointCompleted(1);
            loop.checkpointAborted(3);
            loop.checkpointCompleted(2);
            processor.context.runCheckpointNotices();
            calls.add("waited");
        };
        upstream.emit(0, "a", 1);
        upstream.broadcast(EndOfData.DRAIN);
        while (loop.step(0) == Step.WORKED) {}

        assertThat(notices).hasSize(3);
        assertThat(calls)
                .containsSubsequence("record a", "completed 1", "aborted 3", "completed 2", "waited")
                .containsOnlyOnce("completed 1", "aborted 3", "completed 2");
    }

    @Test
    void aCheckpointOfWhoseEndTheProcessorKnowsIsNotTaken() throws Exception {
        TaskLoop loop = loop();
        inRecord = () -> {
            loop.checkpointAborted(1);
            processor.context.runCheckpointNotices();
        };
        upstream.emit(0, "a", 1);
        upstream.broadcast(barrier(1));
        upstream.broadcast(barrier(2));
        while (loop.step(0) == Step.WORKED) {}

        assertThat(calls).contains("aborted 1", "checkpoint 2").doesNotContain("checkpoint 1");
        assertThat(sent()).hasSize(2);
    }

    @Test
    void norIsOneThatIsAbortedByTheMailsBeforeIt() throws Exception {
        TaskLoop loop = loop();
        while (loop.step(0) == Step.WORKED) {}
        inMails = () -> {
            inMails = () -> {};
            loop.checkpointAborted(1);
            processor.context.runCheckpointNotices();
        };
        upstream.broadcast(barrier(1));
        upstream.broadcast(barrier(2));
        while (loop.step(0) == Step.WORKED) {}

        assertThat(calls).contains("aborted 1", "checkpoint 2").doesNotContain("checkpoint 1");
    }

    @Test
    void aTaskThatEndsHearsOfNoCheckpoint() throws Exception {
        TaskLoop loop = loop();
        inClose = () -> {
            loop.checkpointCompleted(1);
            processor.context.runCheckpointNotices();
        };
        loop.abort();

        assertThat(calls).containsExactly("open", "close");
    }

    private static CheckpointBarrier barrier(long id) {
        return new CheckpointBarrier(
                id,
                0,
                new CheckpointOptions(
                        CheckpointKind.CHECKPOINT,
                        PostCheckpointAction.NONE,
                        CheckpointOptions.Alignment.ALIGNED,
                        Long.MAX_VALUE));
    }

    private interface Call {
        void run() throws Exception;
    }

    private TaskLoop loop() throws Exception {
        return loop(ChannelLimits.DEFAULT);
    }

    /** One input of one channel, one output of one channel. */
    private TaskLoop loop(ChannelLimits outputLimits) throws Exception {
        Exchange above = new Exchange(ChannelLimits.DEFAULT);
        Exchange.Producer in = above.producer(1, 100, true, true, TaskSignal.overflowing());
        Exchange.Consumer consumer = above.consumer(new int[] {1}, signal);
        consumer.connect(0, in, 0);
        upstream = in.writer();

        Exchange below = new Exchange(outputLimits);
        Exchange.Producer out = below.producer(1, 100, true, true, signal);
        Exchange.Consumer after = below.consumer(new int[] {1}, TaskSignal.overflowing());
        after.connect(0, out, 0);
        downstream = after.gate();

        TaskLoop loop = new TaskLoop(
                new SubtaskId(0, "task", 0, 1, 0),
                new SubtaskPlan(new boolean[] {false}),
                () -> processor,
                consumer.gate(),
                List.of(out.writer()),
                signal,
                new TaskCheckpointing(false, new Taken(), () -> 0));
        loop.open();
        return loop;
    }

    private List<Object> sent() {
        List<Object> got = new ArrayList<>();
        downstream.collect();
        while (downstream.advance(0)) {
            got.add(downstream.batch().values()[downstream.from()]);
            downstream.take(downstream.from() + 1);
        }
        return got;
    }

    private record Written() implements SubtaskSnapshot {
        @Override
        public long checkpointedBytes() {
            return 0;
        }

        @Override
        public long fullBytes() {
            return 0;
        }
    }

    private final class Taken implements SnapshotListener {
        @Override
        public void taken(SubtaskId subtask, CheckpointBarrier barrier, SnapshotTimes times, PendingSnapshot snapshot) {
            taken.add(snapshot);
        }

        @Override
        public void dataEnded(SubtaskId subtask) {}

        @Override
        public void declined(SubtaskId subtask, long checkpointId, Throwable cause) {
            throw new AssertionError(cause);
        }
    }

    private final class Scripted implements Processor {
        private TaskContext context;

        @Override
        public void open(TaskContext taskContext) {
            context = taskContext;
            calls.add("open");
        }

        @Override
        public PendingSnapshot checkpoint(CheckpointBarrier barrier, Runnable passOn) {
            calls.add("checkpoint " + barrier.id());
            passOn.run();
            return new PendingSnapshot() {
                private boolean cancelled;

                @Override
                public SubtaskSnapshot complete() throws IOException {
                    if (cancelled) {
                        throw new IOException("cancelled");
                    }
                    return new Written();
                }

                @Override
                public void cancel() {
                    cancelled = true;
                }
            };
        }

        @Override
        public void checkpointCompleted(long id) {
            calls.add("completed " + id);
        }

        @Override
        public void checkpointAborted(long id) {
            calls.add("aborted " + id);
        }

        @Override
        public boolean runMails() throws Exception {
            calls.add("mails");
            inMails.run();
            return moreMails;
        }

        @Override
        public long selectedInputs() {
            return selected;
        }

        @Override
        public int onRecords(int input, int channel, RecordBatch batch, int from, int to) throws Exception {
            calls.add("record " + batch.values()[from]);
            inRecord.run();
            EdgeWriter out = context.outputs().get(0);
            out.emit(0, batch.values()[from], batch.timestamps()[from]);
            return from + 1;
        }

        @Override
        public void onControl(int input, int channel, Control control) {
            calls.add("control");
        }

        @Override
        public void onEndOfChannelData(int input, int channel) {
            calls.add("end of channel " + channel);
        }

        @Override
        public void onEndOfInput(int input) {
            calls.add("end of input " + input);
        }

        @Override
        public Progress pull(int input, int recordsMax) {
            throw new AssertionError("no source");
        }

        @Override
        public void finish(boolean drain) {
            calls.add("finish " + drain);
        }

        @Override
        public void close() throws Exception {
            calls.add("close");
            inClose.run();
        }

        @Override
        public void cancel() {
            calls.add("cancel");
        }
    }
}
