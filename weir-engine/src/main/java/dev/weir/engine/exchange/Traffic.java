package dev.weir.engine.exchange;

/**
 * What has gone through channels so far, as far as a thread that is not theirs can see: a figure for people, a batch late.
 *
 * @param batches that were opened
 * @param bytes of records, by the estimate that they are charged by
 */
public record Traffic(long batches, long bytes) {
    public static final Traffic NONE = new Traffic(0, 0);

    /** Both together. */
    public Traffic and(Traffic other) {
        return new Traffic(batches + other.batches, bytes + other.bytes);
    }
}
