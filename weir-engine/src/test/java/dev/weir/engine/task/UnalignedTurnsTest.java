package dev.weir.engine.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.exchange.ChannelWriter;
import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.Exchange;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.TaskSignal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose turn it is while an unaligned checkpoint waits for the barrier of a slow input. */
class UnalignedTurnsTest {
    private static final int RUN = 8;
    private static final CheckpointBarrier BARRIER = new CheckpointBarrier(
            1,
            0,
            new CheckpointOptions(
                    CheckpointKind.CHECKPOINT,
                    PostCheckpointAction.NONE,
                    CheckpointOptions.Alignment.UNALIGNED,
                    Long.MAX_VALUE));

    private final TaskSignal signal = TaskSignal.overflowing();
    private final int[] read = new int[2];
    private final List<String> kept = new ArrayList<>();

    @Test
    void theInputThatIsWaitedForIsReadAsFastAsTheOther() throws Exception {
        Exchange above = new Exchange(new ChannelLimits(100, RUN, RUN));
        Exchange.Consumer consumer = above.consumer(new int[] {1, 1}, signal);
        List<ChannelWriter> inputs = new ArrayList<>();
        for (int input = 0; input < 2; input++) {
            Exchange.Producer producer = above.producer(1, -1, true, true, TaskSignal.overflowing());
            consumer.connect(input, producer, 0);
            inputs.add(producer.writer());
        }
        TaskLoop loop = new TaskLoop(
                new SubtaskId(0, "task", 0, 1, 0),
                new SubtaskPlan(new boolean[] {false, false}),
                Counting::new,
                consumer.gate(),
                List.of(),
                signal,
                TaskCheckpointing.NONE);
        loop.open();
        emit(inputs.get(0), 10 * RUN);
        emit(inputs.get(1), 10 * RUN);
        inputs.get(0).broadcast(BARRIER);
        inputs.get(0).announce(BARRIER);

        for (int step = 0; step < 8; step++) {
            loop.step(step);
        }

        assertThat(read[1]).isBetween(read[0] - RUN, read[0] + RUN).isGreaterThan(2 * RUN);
        // what was read of it belongs to the checkpoint, record by record
        assertThat(kept.stream().filter(record -> record.startsWith("1 ")).toList())
                .hasSize(read[1])
                .startsWith("1 0", "1 1", "1 2");
    }

    private static void emit(ChannelWriter writer, int records) {
        for (int i = 0; i < records; i++) {
            writer.emit(0, (Object) i, 0);
        }
    }

    private final class Counting implements Processor {
        @Override
        public void open(TaskContext context) {}

        @Override
        public int onRecords(int input, int channel, RecordBatch batch, int from, int to) {
            read[input] += to - from;
            return to;
        }

        @Override
        public PendingSnapshot checkpoint(CheckpointBarrier barrier, Runnable passOn) {
            passOn.run();
            return new PendingSnapshot() {
                @Override
                public SubtaskSnapshot complete() {
                    throw new AssertionError("nobody asks");
                }

                @Override
                public void cancel() {}
            };
        }

        @Override
        public InFlight inFlight(CheckpointBarrier barrier) {
            return new InFlight() {
                @Override
                public void records(int input, int channel, RecordBatch batch, int from, int to) {
                    for (int i = from; i < to; i++) {
                        kept.add(input + " " + batch.values()[i]);
                    }
                }

                @Override
                public void control(int input, int channel, Control element) {}

                @Override
                public PendingSnapshot completed(PendingSnapshot operators) {
                    return operators;
                }
            };
        }

        @Override
        public boolean runMails() {
            return false;
        }

        @Override
        public void onControl(int input, int channel, Control control) {}

        @Override
        public void onEndOfChannelData(int input, int channel) {}

        @Override
        public void onEndOfInput(int input) {}

        @Override
        public Progress pull(int input, int recordsMax) {
            throw new AssertionError("no source");
        }

        @Override
        public void finish(boolean drain) {}

        @Override
        public void close() {}
    }
}
