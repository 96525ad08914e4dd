package dev.weir.flink.differential;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.Processor;
import dev.weir.engine.task.TaskContext;
import org.apache.flink.core.fs.FileSystemSafetyNet;

/** A subtask on a thread that it shares with others: it gives back at once what Flink allows a thread to have one of only. */
record OneOfMany(Processor subtask) implements Processor {
    @Override
    public void open(TaskContext context) throws Exception {
        subtask.open(context);
        FileSystemSafetyNet.closeSafetyNetAndGuardedResourcesForThread();
    }

    @Override
    public boolean runMails() throws Exception {
        return subtask.runMails();
    }

    @Override
    public long selectedInputs() {
        return subtask.selectedInputs();
    }

    @Override
    public int onRecords(int input, int channel, RecordBatch batch, int from, int to) throws Exception {
        return subtask.onRecords(input, channel, batch, from, to);
    }

    @Override
    public void onControl(int input, int channel, Control control) throws Exception {
        subtask.onControl(input, channel, control);
    }

    @Override
    public void onEndOfChannelData(int input, int channel) throws Exception {
        subtask.onEndOfChannelData(input, channel);
    }

    @Override
    public void onEndOfInput(int input) throws Exception {
        subtask.onEndOfInput(input);
    }

    @Override
    public Progress pull(int input, int recordsMax) throws Exception {
        return subtask.pull(input, recordsMax);
    }

    @Override
    public void finish(boolean drain) throws Exception {
        subtask.finish(drain);
    }

    @Override
    public void close() throws Exception {
        subtask.close();
    }

    @Override
    public void cancel() {
        subtask.cancel();
    }
}
