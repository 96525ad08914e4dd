package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The key that state accesses refer to, with its hash and its key group, each computed once. All tables of a store share
 * one. Belongs to the subtask's thread.
 */
public final class KeyContext<K> {

    private final KeyGroupSpan span;
    private final int keyGroupCount;
    private @Nullable K key;
    private int keyHash;
    private int keyGroup;
    private final List<Told> listeners = new ArrayList<>(2);

    // Selections up to when somebody was told last, and from then to when somebody is told again.
    private long selections;
    private int interval;
    private int untilTold = Integer.MAX_VALUE;

    private static final class Told {
        private final SelectionListener listener;
        private long due;

        Told(SelectionListener listener) {
            this.listener = listener;
        }
    }

    /**
     * @param span the key groups of this subtask
     * @param keyGroupCount the number of key groups of the operator, its maximum parallelism
     */
    public KeyContext(KeyGroupSpan span, int keyGroupCount) {
        if (keyGroupCount < 1 || span.size() > keyGroupCount) {
            throw new IllegalArgumentException("cannot place key groups " + span.first() + " to " + span.last()
                    + ": maxParallelism=" + keyGroupCount + " < keyGroups=" + Math.max(1, span.size()));
        }
        this.span = span;
        this.keyGroupCount = keyGroupCount;
        this.keyGroup = span.first();
    }

    /** Has somebody told before the next selection of a key, behind who is told already, and as often as it says from then on. */
    public void beforeSelection(SelectionListener listener) {
        listeners.add(new Told(listener));
        tellSoon();
    }

    /** Has all listeners told before the next selection. */
    public void tellSoon() {
        for (Told told : listeners) {
            told.due = 0;
        }
        untilTold = 1;
    }

    // A countdown alone at most selections: this is on the path of every record.
    private void tell() {
        if (--untilTold <= 0) {
            tellThoseDue();
        }
    }

    private void tellThoseDue() {
        selections += interval;
        long next = Integer.MAX_VALUE;
        for (Told told : listeners) {
            if (told.due <= selections) {
                told.due = selections + Math.max(1, told.listener.beforeSelection());
            }
            next = Math.min(next, told.due - selections);
        }
        interval = (int) next;
        untilTold = interval;
    }

    /** Selects a key whose hash and key group are not known yet. */
    public void select(K newKey) {
        int hash = newKey.hashCode();
        select(newKey, hash, KeyGroups.assign(hash, keyGroupCount));
    }

    /**
     * Selects a key whose hash code and key group the caller knows.
     *
     * @throws IllegalArgumentException when the key group is not this subtask's
     */
    public void select(K newKey, int newKeyHash, int newKeyGroup) {
        if (!span.contains(newKeyGroup)) {
            throw span.outside(newKeyGroup);
        }
        tell();
        key = newKey;
        keyHash = newKeyHash;
        keyGroup = newKeyGroup;
    }

    /** Replaces the key alone: the key group stays until {@link #selectKeyGroup} replaces it. */
    public void selectKey(K newKey, int newKeyHash) {
        tell();
        key = newKey;
        keyHash = newKeyHash;
    }

    /**
     * Replaces the key group alone.
     *
     * @throws IllegalArgumentException when the key group is not this subtask's
     */
    public void selectKeyGroup(int newKeyGroup) {
        if (!span.contains(newKeyGroup)) {
            throw span.outside(newKeyGroup);
        }
        keyGroup = newKeyGroup;
    }

    /** Leaves the keyed context: accesses fail until a key is selected again. */
    public void unselect() {
        key = null;
    }

    /** The selected key, null outside of a keyed context. */
    public @Nullable K key() {
        return key;
    }

    /** Hash code of the selected key. */
    public int keyHash() {
        return keyHash;
    }

    /** Key group of the key selected last. */
    public int keyGroup() {
        return keyGroup;
    }

    /** The key groups of this subtask. */
    public KeyGroupSpan span() {
        return span;
    }

    /** The number of key groups of the operator. */
    public int keyGroupCount() {
        return keyGroupCount;
    }

    /**
     * The selected key.
     *
     * @throws NullPointerException when none is selected
     */
    public K require() {
        K selected = key;
        if (selected == null) {
            throw new NullPointerException("No key set. This method should not be called outside of a keyed context.");
        }
        return selected;
    }
}
