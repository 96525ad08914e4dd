package dev.weir.engine.state;

/**
 * Keys that are about to be selected, as far as is known, for those who read ahead what they will be asked for. Each does so
 * in steps over all the keys: no read of a step waits for another one, so that the processor waits for all of them at once.
 * Used again for the next ones. Belongs to the subtask's thread.
 */
public final class ExpectedKeys {
    private static final int COUNT_FIRST = 16;

    private static final int[] NONE = {};

    private final KeyContext<?> context;
    private int[] given = NONE;
    private int from;
    private int to;

    // Those of this subtask, once somebody asked: most tables are small and ask for the first one only.
    private int[] hashes = new int[COUNT_FIRST];
    private int[] keyGroups = new int[COUNT_FIRST];
    private int size = -1;

    // What the step before has for each key, as the asker likes.
    private int[] places = new int[COUNT_FIRST];

    /** @param context of the tables and queues that are asked for these keys */
    public ExpectedKeys(KeyContext<?> context) {
        this.context = context;
    }

    /**
     * From now on these are the keys, of which those of other subtasks are left out.
     *
     * @param keyHashes hash codes of keys in {@code [start, end)}, which is not empty; not changed until the next ones are set
     */
    public void set(int[] keyHashes, int start, int end) {
        given = keyHashes;
        from = start;
        to = end;
        size = -1;
    }

    /** The hash code of a key, of this subtask or not. */
    int anyHash() {
        return given[from];
    }

    /** Number of keys of this subtask. */
    int size() {
        if (size < 0) {
            select();
        }
        return size;
    }

    private void select() {
        if (to - from > hashes.length) {
            hashes = new int[to - from];
            keyGroups = new int[to - from];
            places = new int[to - from];
        }
        size = 0;
        for (int i = from; i < to; i++) {
            int keyGroup = KeyGroups.assign(given[i], context.keyGroupCount());
            if (context.span().contains(keyGroup)) {
                hashes[size] = given[i];
                keyGroups[size] = keyGroup - context.span().first();
                size++;
            }
        }
    }

    /** The hash code of a key, the {@link #size} having been asked for. */
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
