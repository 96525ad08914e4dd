package dev.weir.engine.exchange;

import org.jspecify.annotations.Nullable;

/**
 * Records of a channel as its consumer reads them, in columns. Only the slots it was told of are the consumer's; what lies
 * in them is its own from then on, the arrays are not.
 */
public interface RecordBatch {

    /** Records, or what a row refers to beside its words. */
    Object[] values();

    /** Milliseconds since the epoch, or {@link EdgeWriter#NO_TIMESTAMP}. */
    long[] timestamps();

    /** The words of rows, {@link RowFormat#words()} to a slot. */
    long[] words();

    /** How records are made of rows; null where the batch has none. */
    @Nullable
    RowFormat format();
}
