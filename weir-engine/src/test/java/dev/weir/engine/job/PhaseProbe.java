package dev.weir.engine.job;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.job.Programs.Quiet;
import dev.weir.engine.task.TaskContext;

/** A processor that does something special in one phase of its life: blocks there, or throws. */
final class PhaseProbe extends Quiet {

    /** Where a processor's code is called. */
    enum Phase {
        OPEN,
        MAILS,
        RECORDS,
        CONTROL,
        END_OF_CHANNEL,
        END_OF_INPUT,
        FINISH,
        CLOSE
    }

    /** What it does there. */
    @FunctionalInterface
    interface Act {
        void run() throws Exception;
    }

    private final Phase phase;
    private final Act act;
    private final Act onCancel;

    PhaseProbe(Phase phase, Act act, Act onCancel) {
        this.phase = phase;
        this.act = act;
        this.onCancel = onCancel;
    }

    private void reach(Phase reached) throws Exception {
        if (reached == phase) {
            act.run();
        }
    }

    @Override
    public void open(TaskContext taskContext) throws Exception {
        context = taskContext;
        reach(Phase.OPEN);
    }

    @Override
    public boolean runMails() throws Exception {
        reach(Phase.MAILS);
        return false;
    }

    @Override
    void onRecord(int input, int channel, Object value, long timestamp) throws Exception {
        reach(Phase.RECORDS);
    }

    @Override
    public void onControl(int input, int channel, Control control) throws Exception {
        reach(Phase.CONTROL);
    }

    @Override
    public void onEndOfChannelData(int input, int channel) throws Exception {
        reach(Phase.END_OF_CHANNEL);
    }

    @Override
    public void onEndOfInput(int input) throws Exception {
        reach(Phase.END_OF_INPUT);
    }

    @Override
    public void finish(boolean drain) throws Exception {
        reach(Phase.FINISH);
    }

    @Override
    public void close() throws Exception {
        reach(Phase.CLOSE);
    }

    @Override
    public void cancel() {
        try {
            onCancel.run();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
