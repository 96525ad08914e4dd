package dev.weir.engine.state;

import org.jspecify.annotations.Nullable;

/**
 * The entries of one namespace, by key. An entry is found once and then used by its slot, which holds until the pane
 * changes. For the subtask's thread.
 */
public final class Pane<K, V> {

    private final Segment<K, ?, V> segment;

    Pane(Segment<K, ?, V> segment) {
        this.segment = segment;
    }

    /** Number of entries. */
    public int size() {
        return segment.size();
    }

    /** The slot of a key's entry; where there is none, a negative number to give to {@link #insert}. */
    public int find(K key, int keyHash) {
        return segment.find(Segment.mix(keyHash), key);
    }

    /** The first slot from this one on that has an entry, negative where there is none. */
    public int next(int from) {
        return segment.next(from);
    }

    /** The key of an entry. */
    public K key(int slot) {
        return segment.keyAt(slot);
    }

    /** The value of an entry, which the caller may change; the state is changed by that unless values are words. */
    public @Nullable V get(int slot) {
        return segment.live(slot);
    }

    /** The value of an entry that is going to be replaced or dropped: it belongs to the caller. */
    public @Nullable V take(int slot) {
        return segment.owned(slot);
    }

    /** Whether values are words, now. */
    public boolean isFlat() {
        return segment.isFlat();
    }

    /** The longs of a flat pane, for writing those of one entry from {@link #wordsAt} on. */
    public long[] words(int slot) {
        return segment.words(slot);
    }

    /** Where the words of an entry begin. */
    public int wordsAt(int slot) {
        return segment.wordsAt(slot);
    }

    /** Replaces the value of an entry. */
    public void replace(int slot, @Nullable V value) {
        segment.replace(slot, value);
    }

    /**
     * Adds an entry.
     *
     * @param missing what {@link #find} gave for the key, the pane being as it was then
     */
    public void insert(int missing, K key, int keyHash, @Nullable V value) {
        segment.insert(~missing, Segment.mix(keyHash), key, value);
    }

    /** Removes an entry. */
    public void remove(int slot) {
        segment.removeAt(slot);
    }
}
