package dev.weir.it.programs;

import dev.weir.it.harness.Board;
import java.util.List;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;

/** A legacy source of one subtask: waits until a gate of the board opens, then emits its readings with their times. */
@SuppressWarnings("deprecation")
final class GatedSource implements SourceFunction<Reading> {
    private static final long serialVersionUID = 1L;

    private final String runId;
    private final List<Reading> readings;
    private final String gate;
    private volatile boolean cancelled;

    GatedSource(String runId, List<Reading> readings, String gate) {
        this.runId = runId;
        this.readings = readings;
        this.gate = gate;
    }

    @Override
    public void run(SourceContext<Reading> context) throws Exception {
        Board.of(runId).await(gate);
        for (Reading reading : readings) {
            if (cancelled) {
                return;
            }
            synchronized (context.getCheckpointLock()) {
                context.collectWithTimestamp(reading, reading.time);
            }
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
    }
}
