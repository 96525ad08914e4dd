package dev.weir.flink.twin;

/**
 * What a record of one side joins.
 *
 * @param lower how much later than the record's own time the first one is; negative for earlier
 * @param upper the same for the last one
 */
record JoinInterval(long lower, long upper) {

    /** Seen from the other side. */
    JoinInterval reversed() {
        return new JoinInterval(-upper, -lower);
    }

    /** How far a watermark has to be past a record's time until nothing can join the record any more. */
    long retained() {
        return Math.max(upper, 0);
    }

    long length() {
        long length = upper - lower;
        return length < 0 ? Long.MAX_VALUE : length;
    }
}
