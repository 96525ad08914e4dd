package dev.weir.bench.measure;

/**
 * All results of a run in two numbers that do not depend on their order.
 *
 * @param records how many there were
 * @param checksum sum of their hashes
 */
public record Answer(long records, long checksum) {
    /** Of two disjoint parts, the answer of both. */
    public Answer plus(Answer other) {
        return new Answer(records + other.records, checksum + other.checksum);
    }
}
