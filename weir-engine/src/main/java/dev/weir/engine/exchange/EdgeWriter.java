package dev.weir.engine.exchange;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The producing end of one edge for one subtask: one channel to each consumer subtask that it is wired to.
 *
 * <p>Owned by one thread at a time (the task thread, or a legacy source's thread under its lock). The caller has chosen
 * the channel and hands over a record that nobody else will touch: ownership passes to the consumer.
 */
public interface EdgeWriter {
    /** The timestamp of a record that has none. Not the least long, which Flink gives to records of sources that know no time. */
    long NO_TIMESTAMP = Long.MIN_VALUE + 1;

    /** Has records charged by their size from now on; without it only strings and byte arrays are told from small objects. */
    void charge(RecordSize by);

    /** Before the first record: how records are written where there is no room for them in memory; asked for only there. */
    void store(Supplier<? extends RecordCodec> by);

    /** Number of consumer subtasks this subtask is wired to on this edge. */
    int channels();

    /**
     * Appends a record. Blocks while the channel's bound is exceeded.
     *
     * @param timestamp milliseconds since the epoch, or {@link #NO_TIMESTAMP}
     * @throws CancelledException when the task was cancelled while blocked
     */
    default void emit(int channel, Object value, long timestamp) {
        emit(channel, value, timestamp, 0);
    }

    /**
     * Appends a record, as above.
     *
     * @param keyHash the hash code of its key, which the consumer may make use of; 0 where it is not known
     */
    void emit(int channel, Object value, long timestamp, int keyHash);

    /**
     * Appends a record as a row, whose words are copied. An edge has rows of one format; where it has rows with a part, the
     * consumer has to tell records from parts by their class.
     *
     * @param part an immutable object, or null
     * @param keyHash as above
     * @throws CancelledException when the task was cancelled while blocked
     */
    void emit(int channel, RowFormat format, long[] row, @Nullable Object part, long timestamp, int keyHash);

    /** Appends a control element to one channel. */
    void emit(int channel, Control control);

    /** Appends a control element to every channel. */
    void broadcast(Control control);

    /** Makes everything appended so far visible to the consumers. */
    void flush();

    /** Whether another record can be taken without blocking. */
    boolean isAvailable();
}
