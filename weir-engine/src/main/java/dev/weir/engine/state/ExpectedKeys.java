package dev.weir.engine.state;

/**
 * Keys that are about to be selected, as far as is known, for those who read ahead what they will be asked for. Each does so
 * in steps over all the keys: no read of a step waits for another one, so that the processor waits for all of them at once.
 * Used again for the next ones. Belongs to the subtask's thread.
 */
public final class ExpectedKeys {
    private static final int COUNT_FIRST = 16;

    private int[] hashes = new int[COUNT_FIRST];
    private int[] keyGroups = new int[COUNT_FIRST];

    // What the step before found for each key.
    private int[] places = new int[COUNT_FIRST];
    private int size;

    /**
     * From now on these are the keys, of which those of other subtasks are left out.
     *
     * @param keyHashes hash codes of keys, in {@code [from, to)}
     */
    public void set(KeyContext<?> context, int[] keyHashes, int from, int to) {
        if (to - from > hashes.length) {
            hashes = new int[to - from];
            keyGroups = new int[to - from];
            places = new int[to - from];
        }
        size = 0;
        for (int i = from; i < to; i++) {
            int keyGroup = KeyGroups.assign(keyHashes[i], context.keyGroupCount());
            if (context.span().contains(keyGroup)) {
                hashes[size] = keyHashes[i];
                keyGroups[size] = keyGroup - context.span().first();
                size++;
            }
        }
    }

    int size() {
        return size;
    }

    /** The hash code of a key. */
    int hash(int i) {
        return hashes[i];
    }

    /** Which of the subtask's key groups a key is in. */
    int keyGroupOffset(int i) {
        return keyGroups[i];
    }

    int place(int i) {
        return places[i];
    }

    void setPlace(int i, int place) {
        places[i] = place;
    }
}
