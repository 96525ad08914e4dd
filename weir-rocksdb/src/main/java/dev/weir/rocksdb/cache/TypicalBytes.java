package dev.weir.rocksdb.cache;

/** How long the objects that a column is given are as bytes: the mean of a sample, the later ones of which count more. */
final class TypicalBytes {
    /** Objects that are kept for each one that is serialized only to know. */
    private static final int GAP_MAX = 31;

    private static final int WEIGHT = 4;
    private static final int UNKNOWN = -1;

    private int gap;
    private int left;
    private int mean = UNKNOWN;

    /** Whether the next object should be serialized: the first one, then fewer and fewer of them. */
    boolean isDue() {
        if (left > 0) {
            left--;
            return false;
        }
        gap = Math.min(GAP_MAX, 2 * gap + 1);
        left = gap;
        return true;
    }

    void add(int bytes) {
        mean = mean == UNKNOWN ? bytes : mean + (bytes - mean) / WEIGHT;
    }

    /** At least one was added. */
    int mean() {
        return mean;
    }
}
