package dev.weir.engine.exchange;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Appends to the channels of one edge, and decides when the consumers are told.
 *
 * <p>Ownership is that of {@link EdgeWriter}, except {@link #flush()}, {@link #isAvailable()} and {@link
 * #announceSpace()}, which may be called from any thread.
 */
public final class ChannelWriter implements EdgeWriter {
    /** Of a record's place in its batch. */
    private static final int SLOT_BYTES = 16;

    private final Channel[] channels;
    private final long bufferTimeoutMillis;
    private final boolean flushEach;
    private final boolean overtakable;
    private final TaskSignal task;

    private final Credit credit;
    private final int batchesMax;

    private RecordSize size = RecordSize.SHALLOW;
    private boolean mayBeFull;
    private boolean dirty;

    /** @param batchesMax what all channels may have in flight together */
    ChannelWriter(
            List<Channel> channels, long bufferTimeoutMillis, boolean overtakable, Credit credit, int batchesMax) {
        this.credit = credit;
        this.batchesMax = batchesMax;
        this.overtakable = overtakable;
        this.channels = channels.toArray(Channel[]::new);
        this.bufferTimeoutMillis = bufferTimeoutMillis;
        this.flushEach = bufferTimeoutMillis == 0;
        this.task = credit.producer();
    }

    /** As in the dataflow's edge: 0 each record, -1 only full batches, else the longest time in milliseconds. */
    public long bufferTimeoutMillis() {
        return bufferTimeoutMillis;
    }

    @Override
    public void charge(RecordSize by) {
        size = by;
    }

    @Override
    public void store(Supplier<? extends RecordCodec> by) {
        for (Channel channel : channels) {
            channel.store(by);
        }
    }

    @Override
    public int channels() {
        return channels.length;
    }

    @Override
    public void emit(int channel, Object value, long timestamp, int keyHash) {
        Channel target = channels[channel];
        dirty = true;
        if (target.append(value, timestamp, SLOT_BYTES + size.bytes(value), keyHash)) {
            full();
        }
        if (flushEach) {
            target.flush();
        }
    }

    @Override
    public void emit(int channel, RowFormat format, long[] row, @Nullable Object part, long timestamp, int keyHash) {
        Channel target = channels[channel];
        dirty = true;
        int bytes = SLOT_BYTES + Long.BYTES * row.length + (part == null ? 0 : size.bytes(part));
        if (target.append(format, row, part, timestamp, bytes, keyHash)) {
            full();
        }
        if (flushEach) {
            target.flush();
        }
    }

    @Override
    public void emit(int channel, Control control) {
        Channel target = channels[channel];
        dirty = true;
        if (target.appendControl(control)) {
            full();
        }
        if (flushEach || control.isUrgent()) {
            target.flush();
        }
    }

    @Override
    public void broadcast(Control control) {
        for (int channel = 0; channel < channels.length; channel++) {
            emit(channel, control);
        }
    }

    /**
     * Producing thread: tells the consumers of a control element that was broadcast, which thereby may overtake what is before
     * it. Does nothing on an edge where nothing may.
     */
    public void announce(Control broadcast) {
        if (overtakable) {
            for (Channel channel : channels) {
                channel.announce(broadcast);
            }
        }
    }

    private void full() {
        mayBeFull = true;
        task.raise();
    }

    @Override
    public void flush() {
        for (Channel channel : channels) {
            channel.flush();
        }
    }

    /** Producing thread: whether anything was appended since its last {@link #flushDirty()}. */
    public boolean isDirty() {
        return dirty;
    }

    /** Producing thread: a flush after which nothing is held back. */
    public void flushDirty() {
        // Not part of flush(): a timer's thread would wipe out what the producer has just noted.
        dirty = false;
        flush();
    }

    @Override
    public boolean isAvailable() {
        mayBeFull |= credit.takeUsedUp();
        if (!mayBeFull) {
            return true;
        }
        for (Channel channel : channels) {
            if (channel.isFull()) {
                return false;
            }
        }
        mayBeFull = false;
        return true;
    }

    /** Any thread: how much the consumers have not read yet. */
    public Occupancy occupancy() {
        return Occupancy.of(channels, poolUsage());
    }

    /** Any thread: what went through all channels. */
    public Traffic traffic() {
        Traffic traffic = Traffic.NONE;
        for (Channel channel : channels) {
            traffic = traffic.and(channel.sent());
        }
        return traffic;
    }

    /** Has the task woken when space is freed in a channel that is full now; check {@link #isAvailable()} after it. */
    public void announceSpace() {
        for (Channel channel : channels) {
            if (channel.isFull()) {
                channel.announceSpace();
            }
        }
    }

    /**
     * Any thread: credit that is in use, of what the channels have together; as Flink's {@code outPoolUsage}, from 0 to 1, and
     * 0 on an edge without a bound.
     */
    public float poolUsage() {
        if (batchesMax == 0) {
            return 0;
        }
        int inUse = credit.inUse();
        for (Channel channel : channels) {
            inUse += channel.ownInUse();
        }
        return Math.min(1, (float) inUse / batchesMax);
    }
}
