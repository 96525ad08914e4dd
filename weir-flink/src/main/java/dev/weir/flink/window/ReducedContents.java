package dev.weir.flink.window;

import org.apache.flink.api.common.functions.ReduceFunction;
import org.jspecify.annotations.Nullable;

/** All records reduced to one, as {@code ReducingState} does it. Template. */
final class ReducedContents implements Contents {
    private final ReduceFunction<Object> function;

    ReducedContents(ReduceFunction<Object> function) {
        this.function = function;
    }

    @Override
    public @Nullable Object next(@Nullable Object kept, Object value) throws Exception {
        return kept == null ? value : function.reduce(kept, value);
    }

    @Override
    public @Nullable Object result(@Nullable Object kept) {
        return kept;
    }

    @Override
    public boolean nullDrops() {
        return true;
    }
}
