package dev.weir.bench.program;

import dev.weir.bench.measure.Lap;
import dev.weir.bench.measure.Marks;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.jspecify.annotations.Nullable;

/** Makes the records of a job out of a sequence of numbers, and counts them. */
public abstract class Meter<T> extends RichMapFunction<Long, T> {
    private transient @Nullable Lap lap;

    @Override
    public void open(OpenContext context) {
        lap = Marks.ofRun().enter();
    }

    @Override
    public final T map(Long i) {
        Objects.requireNonNull(lap).pass();
        return make(i);
    }

    /** The record at a position of the sequence. */
    protected abstract T make(long i);
}
