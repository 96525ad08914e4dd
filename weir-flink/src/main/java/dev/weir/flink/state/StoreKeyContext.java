package dev.weir.flink.state;

import dev.weir.engine.state.KeyContext;
import org.apache.flink.runtime.state.InternalKeyContext;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.jspecify.annotations.Nullable;

/** The engine's key context as Flink sees it. */
final class StoreKeyContext<K> implements InternalKeyContext<K> {

    private final KeyContext<K> context;
    private final KeyGroupRange range;

    StoreKeyContext(KeyContext<K> context, KeyGroupRange range) {
        this.context = context;
        this.range = range;
    }

    KeyContext<K> engineContext() {
        return context;
    }

    @Override
    public @Nullable K getCurrentKey() {
        return context.key();
    }

    @Override
    public int getCurrentKeyGroupIndex() {
        return context.keyGroup();
    }

    @Override
    public int getNumberOfKeyGroups() {
        return context.keyGroupCount();
    }

    @Override
    public KeyGroupRange getKeyGroupRange() {
        return range;
    }

    // Flink sets a key and its group in two steps; the group of the step before holds in between.
    @Override
    public void setCurrentKey(@Nullable K key) {
        if (key == null) {
            context.unselect();
        } else {
            context.selectKey(key, key.hashCode());
        }
    }

    @Override
    public void setCurrentKeyGroupIndex(int keyGroup) {
        context.selectKeyGroup(keyGroup);
    }
}
