package dev.weir.flink.host;

import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.RowFormat;
import org.jspecify.annotations.Nullable;

/** Records that are objects, all of them at time 0. */
record BatchOf(Object[] values, int[] keyHashes) implements RecordBatch {
    @Override
    public long[] timestamps() {
        return new long[values.length];
    }

    @Override
    public long[] words() {
        return new long[0];
    }

    @Override
    public @Nullable RowFormat format() {
        return null;
    }
}
