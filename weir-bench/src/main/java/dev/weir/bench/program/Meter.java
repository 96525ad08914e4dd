package dev.weir.bench.program;

import dev.weir.bench.measure.Lap;
import dev.weir.bench.measure.Marks;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.jspecify.annotations.Nullable;

/**
 * The first function of a job: makes its records, and counts them.
 *
 * @param <I> what the source emits
 * @param <T> record of the job
 */
public abstract class Meter<I, T> extends RichMapFunction<I, T> {
    private transient @Nullable Lap lap;

    @Override
    public void open(OpenContext context) {
        lap = Marks.ofRun().enter();
    }

    @Override
    public final T map(I input) {
        Objects.requireNonNull(lap).pass();
        return make(input);
    }

    /** A record from what the source emitted. */
    protected abstract T make(I input);
}
