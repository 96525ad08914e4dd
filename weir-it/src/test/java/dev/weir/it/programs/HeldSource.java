package dev.weir.it.programs;

import dev.weir.it.harness.Board;
import dev.weir.it.harness.Run;
import java.util.List;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;

/** A legacy source of one subtask: emits its readings with their times, then stays until a gate of the board opens. */
@SuppressWarnings("deprecation")
final class HeldSource implements SourceFunction<Reading> {
    private static final long serialVersionUID = 1L;

    private final String runId;
    private final List<Reading> readings;
    private final String gate;
    private volatile boolean cancelled;

    HeldSource(String runId, List<Reading> readings, String gate) {
        this.runId = runId;
        this.readings = readings;
        this.gate = gate;
    }

    /** So many readings of as many keys, then a wait at the gate. */
    static DataStream<Reading> of(Run run, StreamExecutionEnvironment env, int n, String gate) {
        return env.addSource(new HeldSource(run.id(), Reading.list(n, n), gate));
    }

    @Override
    public void run(SourceContext<Reading> context) throws Exception {
        for (Reading reading : readings) {
            if (cancelled) {
                return;
            }
            synchronized (context.getCheckpointLock()) {
                context.collectWithTimestamp(reading, reading.time);
            }
        }
        Board.of(runId).await(gate);
    }

    @Override
    public void cancel() {
        cancelled = true;
    }
}
