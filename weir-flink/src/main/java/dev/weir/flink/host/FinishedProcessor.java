package dev.weir.flink.host;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.engine.task.Processor;
import dev.weir.engine.task.TaskContext;
import org.apache.flink.runtime.checkpoint.TaskStateSnapshot;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for a subtask that had ended before the checkpoint that the job was restored from: it has no operators, ends
 * at once, and says so downstream (FLIP-147).
 */
final class FinishedProcessor implements Processor {
    private @Nullable TaskContext context;

    @Override
    public void open(TaskContext taskContext) {
        context = taskContext;
    }

    @Override
    public boolean runMails() {
        return false;
    }

    @Override
    public int onRecords(int input, int channel, RecordBatch batch, int from, int to) {
        throw new IllegalStateException("a record reached a subtask that had finished before the checkpoint");
    }

    @Override
    public void onControl(int input, int channel, Control control) {}

    @Override
    public void onEndOfInput(int input) {}

    @Override
    public Progress pull(int input, int recordsMax) {
        return Progress.END;
    }

    @Override
    public void finish(boolean drain) {
        TaskContext task = context;
        if (task != null) {
            task.outputs().forEach(output -> output.broadcast(new FlinkControl.Element(Watermark.MAX_WATERMARK)));
        }
    }

    @Override
    public PendingSnapshot checkpoint(CheckpointBarrier barrier, Runnable passOn) {
        passOn.run();
        return new PendingSnapshot() {
            @Override
            public ChainSnapshot complete() {
                return new ChainSnapshot(TaskStateSnapshot.FINISHED_ON_RESTORE, 0, 0);
            }

            @Override
            public void cancel() {}
        };
    }

    @Override
    public void close() {}
}
