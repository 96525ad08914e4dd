package dev.weir.engine.state;

/**
 * Assigns keys to key groups and key groups to subtasks. The arithmetic is Flink's, bit for bit, since key groups are
 * what a savepoint is partitioned by.
 *
 * <p>Pure functions, any thread.
 */
public final class KeyGroups {

    private KeyGroups() {}

    /** The key group of a key with this hash code, between 0 and {@code count - 1}. */
    public static int assign(int keyHash, int count) {
        return murmur(keyHash) % count;
    }

    /** The subtask, of {@code parallelism}, that owns a key group. */
    public static int subtaskOf(int keyGroup, int count, int parallelism) {
        return keyGroup * parallelism / count;
    }

    /** The key groups a subtask owns. */
    public static KeyGroupSpan spanOf(int subtask, int count, int parallelism) {
        if (parallelism < 1 || count < parallelism) {
            throw new IllegalArgumentException("cannot spread key groups over subtasks: parallelism=" + parallelism
                    + " must lie between 1 and maxParallelism=" + count);
        }
        int first = (subtask * count + parallelism - 1) / parallelism;
        int last = ((subtask + 1) * count - 1) / parallelism;
        return new KeyGroupSpan(first, last);
    }

    // MurmurHash3 (Appleby) of one 32-bit block, folded to a non-negative number.
    private static int murmur(int block) {
        int h = block * 0xcc9e2d51;
        h = Integer.rotateLeft(h, 15) * 0x1b873593;
        h = Integer.rotateLeft(h, 13) * 5 + 0xe6546b64;
        h = (h ^ Integer.BYTES);
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        h ^= h >>> 16;
        return h == Integer.MIN_VALUE ? 0 : Math.abs(h);
    }
}
