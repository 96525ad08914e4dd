package dev.weir.bench.limit;

/** What one of the two threads does: makes its half of the records, and works on those whose keys it owns. */
abstract class Half {
    private long results;
    private long checksum;

    /**
     * Makes the records {@code from .. end} of the sequence.
     *
     * @param out one batch for each of the two threads, empty
     */
    abstract void generate(long from, long end, Batch[] out);

    /**
     * Works on the records of a block that this half owns.
     *
     * @param first from the thread of the first half
     * @param second from the thread of the second half, of the same time
     */
    void consume(Batch first, Batch second) {
        consume(first);
        consume(second);
    }

    /** The same for one batch, where the order of the two does not matter. */
    void consume(Batch batch) {
        throw new UnsupportedOperationException("consumes two at once");
    }

    /** No later record is older than this event time. */
    void advance(long time) {
        // most jobs have no time
    }

    /** A result of the job. */
    final void emit(long hash) {
        results++;
        checksum += hash;
    }

    final long results() {
        return results;
    }

    final long checksum() {
        return checksum;
    }

    /** Which thread owns a key: the bits that the tables do not probe by. */
    static int owner(long mixedKey) {
        return (int) (mixedKey >>> 63);
    }
}
