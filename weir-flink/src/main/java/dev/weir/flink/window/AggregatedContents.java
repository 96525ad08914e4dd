package dev.weir.flink.window;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.jspecify.annotations.Nullable;

/** An accumulator of all records, as {@code AggregatingState} keeps it. Template. */
final class AggregatedContents implements Contents {
    private final AggregateFunction<Object, Object, Object> function;

    AggregatedContents(AggregateFunction<Object, Object, Object> function) {
        this.function = function;
    }

    @Override
    public @Nullable Object next(@Nullable Object kept, Object value) {
        return function.add(value, kept == null ? function.createAccumulator() : kept);
    }

    @Override
    public @Nullable Object result(@Nullable Object kept) {
        return kept == null ? null : function.getResult(kept);
    }

    @Override
    public boolean nullDrops() {
        return true;
    }
}
