package dev.weir.flink.window;

import dev.weir.engine.state.FlatValues;
import dev.weir.engine.state.Pane;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.jspecify.annotations.Nullable;

/** What a window keeps of the records of a key, and what becomes of it. */
abstract class Contents {
    private final AbstractStreamOperator<?> operator;

    Contents(AbstractStreamOperator<?> operator) {
        this.operator = operator;
    }

    /**
     * Called before the first record.
     *
     * @param words how contents are words, null where they are objects
     */
    void open(@Nullable FlatValues<Object> words) {}

    /** Adds a record to a window. */
    abstract void add(Pane<Object, Object> pane, Object key, int keyHash, @Nullable Object value) throws Exception;

    /** What the window's function gets to see; null where there is nothing to see. */
    abstract @Nullable Object result(@Nullable Object kept);

    /** Adds the first contents of a key. */
    final void begin(Pane<Object, Object> pane, int missing, Object key, int keyHash, @Nullable Object kept) {
        // A key that is not this subtask's is refused here.
        operator.setCurrentKey(key);
        pane.insert(missing, key, keyHash, kept);
    }
}
