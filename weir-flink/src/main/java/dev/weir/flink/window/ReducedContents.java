package dev.weir.flink.window;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.Pane;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.jspecify.annotations.Nullable;

/** All records reduced to one, as {@code ReducingState} does it. Template. */
final class ReducedContents extends Contents {
    private @Nullable FlatValues<Object> words;
    private final ReduceFunction<Object> function;

    ReducedContents(AbstractStreamOperator<?> operator, ReduceFunction<Object> function) {
        super(operator);
        this.function = function;
    }

    @Override
    void open(@Nullable FlatValues<Object> newWords) {
        words = newWords;
    }

    // What is read from words, changed and written again is no object where the JIT can see all of it.
    @Override
    void add(Pane<Object, Object> pane, Object key, int keyHash, @Nullable Object value) throws Exception {
        int slot = pane.find(key, keyHash);
        FlatValues<Object> flat = words;
        if (value != null && slot >= 0 && flat != null && pane.isFlat()) {
            long[] longs = pane.words(slot);
            int at = pane.wordsAt(slot);
            Object next = function.reduce(flat.read(longs, at), value);
            if (next != null && flat.fits(next)) {
                flat.write(next, longs, at);
            } else {
                pane.replace(slot, next);
            }
        } else if (value == null) {
            if (slot >= 0) {
                pane.remove(slot);
            }
        } else if (slot >= 0) {
            Object present = pane.take(slot);
            pane.replace(slot, present == null ? value : function.reduce(present, value));
        } else {
            begin(pane, slot, key, keyHash, value);
        }
    }

    @Override
    @Nullable
    Object result(@Nullable Object kept) {
        return kept;
    }
}
