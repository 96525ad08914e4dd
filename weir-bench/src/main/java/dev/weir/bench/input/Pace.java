package dev.weir.bench.input;

import java.io.Serializable;

/**
 * When the records of each share are to be sent: evenly, from the start on. A sender wakes up once in a millisecond and sends
 * what is due.
 *
 * @param recordsPerMilli of one share
 */
public record Pace(int recordsPerMilli) implements Serializable {
    /** Windows of the paced job. */
    public static final long WINDOW_MILLIS = 10;

    private static final long MILLI_NANOS = 1_000_000;

    /** When the record at a position of a share is due, in nanoseconds from the start. */
    public long dueNanos(long position) {
        return position * MILLI_NANOS / recordsPerMilli;
    }

    /** How many records of a share are due a time after the start. */
    public long due(long sinceStartNanos) {
        return sinceStartNanos * recordsPerMilli / MILLI_NANOS + 1;
    }

    /** How long from a moment after the start to the next wake-up. */
    public static long untilWakeUpNanos(long sinceStartNanos) {
        return MILLI_NANOS - sinceStartNanos % MILLI_NANOS;
    }

    /** Event time of the record at a position of a share: the millisecond in which it is due. */
    public long time(long position) {
        return position / recordsPerMilli;
    }

    /** Event time of a share's end. */
    public long endTime(Stream input) {
        return input.share() / recordsPerMilli;
    }

    /**
     * Whether results of a window count: not while a quarter passes that is for warming up, and not of the last one, which no
     * record closes.
     */
    public boolean counts(long windowEnd, Stream input) {
        long end = endTime(input);
        return windowEnd >= end / 4 && windowEnd < end;
    }

    /** When the record that closes a window is due, in nanoseconds from the start. */
    public static long closedNanos(long windowEnd) {
        return windowEnd * MILLI_NANOS;
    }
}
