package dev.weir.bench.input;

/**
 * The input of a job as functions of the position {@code i}, so that a program and a loop make the same one. The sequence
 * is cut into equal shares, one for each source subtask; event time rises within each share from 0.
 *
 * @param records in all, a multiple of {@code shares}
 * @param shares source subtasks
 * @param keys distinct keys
 * @param recordsPerMilliLog2 records of one share in a millisecond of event time, as a power of two
 */
public record Stream(long records, int shares, int keys, int recordsPerMilliLog2) implements java.io.Serializable {
    /** How often, in event time, a watermark is emitted. */
    public static final long TICK_MILLIS = 100;

    /** The usual two shares. */
    public Stream(long records, int keys, int recordsPerMilliLog2) {
        this(records, 2, keys, recordsPerMilliLog2);
    }

    /** Length of a share. */
    public long share() {
        return records / shares;
    }

    /** An evenly spread key. */
    public long key(long i) {
        return Hash.below(keys, Hash.mix(i));
    }

    /**
     * A key that is about as frequent as Zipf's law with exponent 1 has it: each octave of {@code 1 .. keys} has the same
     * weight and is even within.
     */
    public long skewedKey(long i) {
        long mixed = Hash.mix(i);
        int octaves = Integer.SIZE - Integer.numberOfLeadingZeros(keys) - 1;
        int octave = (int) (((mixed >>> 48) * octaves) >>> 16);
        long low = 1L << octave;
        return low + (mixed & (low - 1));
    }

    /** Event time in milliseconds. */
    public long time(long i) {
        return position(i) >>> recordsPerMilliLog2;
    }

    /**
     * Event time in milliseconds, never odd. With a gap that is odd no event comes right where a session of before it ends.
     * Flink adds such a one to the session if that has not fired yet, so that results would hang on which share is ahead.
     */
    public long evenTime(long i) {
        return time(i) & -2;
    }

    /** Something to add up. */
    public long value(long i) {
        return Hash.mix(i) & 0xffff;
    }

    /** Within its share. */
    public long position(long i) {
        long share = share();
        long position = i;
        while (position >= share) {
            position -= share;
        }
        return position;
    }
}
