package dev.weir.engine.state;

/**
 * A contiguous range of key groups, both ends included. Empty when {@code last < first}.
 *
 * @param first first key group
 * @param last last key group
 */
public record KeyGroupSpan(int first, int last) {

    /** Number of key groups. */
    public int size() {
        return Math.max(0, last - first + 1);
    }

    /** Whether the key group lies in the range. */
    public boolean contains(int keyGroup) {
        return keyGroup >= first && keyGroup <= last;
    }

    /** The position of a key group in the range, from 0; fails where it is outside. */
    public int offsetOf(int keyGroup) {
        if (!contains(keyGroup)) {
            throw outside(keyGroup);
        }
        return keyGroup - first;
    }

    IllegalArgumentException outside(int keyGroup) {
        return new IllegalArgumentException("key group " + keyGroup + " is not among those of this subtask, " + first
                + " to " + last + ": the key's hashCode or equals is not deterministic (an array, an enum or an object"
                + " without hashCode as key), or the key was changed after it was used");
    }
}
