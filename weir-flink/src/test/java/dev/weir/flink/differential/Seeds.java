package dev.weir.flink.differential;

/**
 * Which jobs a test runs: the one that {@code -Dweir.seed=N} names, as many as {@code -Dweir.seeds=N} says, or the test's own
 * number of them.
 */
record Seeds(long first, long last) {
    static Seeds orElse(long many) {
        Long one = Long.getLong("weir.seed");
        long first = one == null ? 1 : one;
        return new Seeds(first, first + Long.getLong("weir.seeds", one == null ? many : 1) - 1);
    }
}
