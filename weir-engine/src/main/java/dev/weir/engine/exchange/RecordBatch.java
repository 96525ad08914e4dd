package dev.weir.engine.exchange;

import org.jspecify.annotations.Nullable;

/**
 * Records of a channel as its consumer reads them, in columns. Only the slots it was told of are the consumer's; what lies
 * in them is its own from then on, the arrays are not.
 */
public interface RecordBatch {
    int[] NO_HASHES = new int[0];

    /** Records, or what a row refers to beside its words. */
    Object[] values();

    /** Milliseconds since the epoch, or {@link EdgeWriter#NO_TIMESTAMP}. */
    long[] timestamps();

    /** The words of rows, {@link RowFormat#words()} to a slot. */
    long[] words();

    /** Hash codes of the records' keys where the producer knew them, else 0 or no array at all: hints. */
    default int[] keyHashes() {
        return NO_HASHES;
    }

    /** How records are made of rows; null where the batch has none. */
    @Nullable
    RowFormat format();
}
