package dev.weir.flink.window;

import java.util.List;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.watermark.Watermark;

/** Emits what a script says: records of (key, value, timestamp), or watermarks where the key is null. */
final class ScriptedSource implements SourceFunction<Tuple3<Long, Long, Long>> {
    private static final long serialVersionUID = 1;

    private final List<Tuple3<Long, Long, Long>> script;

    ScriptedSource(List<Tuple3<Long, Long, Long>> script) {
        this.script = script;
    }

    @Override
    public void run(SourceContext<Tuple3<Long, Long, Long>> context) {
        for (Tuple3<Long, Long, Long> step : script) {
            if (step.f0 == null) {
                context.emitWatermark(new Watermark(step.f2));
            } else {
                context.collectWithTimestamp(step, step.f2);
            }
        }
    }

    @Override
    public void cancel() {}
}
