package dev.weir.flink.window;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.Pane;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.jspecify.annotations.Nullable;

/** An accumulator of all records, as {@code AggregatingState} keeps it. Template. */
final class AggregatedContents extends Contents {
    private @Nullable FlatValues<Object> words;
    private final AggregateFunction<Object, Object, Object> function;

    AggregatedContents(AbstractStreamOperator<?> operator, AggregateFunction<Object, Object, Object> function) {
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
        if (value == null) {
            if (slot >= 0) {
                pane.remove(slot);
            }
            return;
        }
        FlatValues<Object> flat = words;
        if (slot >= 0 && flat != null && pane.isFlat()) {
            long[] longs = pane.words(slot);
            int at = pane.wordsAt(slot);
            Object next = function.add(value, flat.read(longs, at));
            if (next != null && flat.fits(next)) {
                flat.write(next, longs, at);
            } else {
                pane.replace(slot, next);
            }
            return;
        }
        Object present = slot < 0 ? null : pane.take(slot);
        Object next = function.add(value, present == null ? function.createAccumulator() : present);
        if (slot >= 0) {
            pane.replace(slot, next);
        } else {
            begin(pane, slot, key, keyHash, next);
        }
    }

    @Override
    @Nullable
    Object result(@Nullable Object kept) {
        return kept == null ? null : function.getResult(kept);
    }
}
