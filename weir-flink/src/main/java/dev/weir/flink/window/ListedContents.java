package dev.weir.flink.window;

import dev.weir.engine.state.Pane;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.jspecify.annotations.Nullable;

/** All records, as {@code ListState} keeps them. Template. */
final class ListedContents extends Contents {

    ListedContents(AbstractStreamOperator<?> operator) {
        super(operator);
    }

    @Override
    @SuppressWarnings("unchecked")
    void add(Pane<Object, Object> pane, Object key, int keyHash, @Nullable Object value) {
        Objects.requireNonNull(value, "You cannot add null to a ListState.");
        int slot = pane.find(key, keyHash);
        if (slot >= 0) {
            ((List<Object>) Objects.requireNonNull(pane.get(slot))).add(value);
        } else {
            List<Object> list = new ArrayList<>();
            list.add(value);
            begin(pane, slot, key, keyHash, list);
        }
    }

    @Override
    @Nullable
    Object result(@Nullable Object kept) {
        return kept;
    }
}
