package dev.weir.engine.exchange;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bounded first-in first-out queue of batches between one producer and one consumer.
 *
 * <p>Elements become visible to the consumer as they are appended, but it is told to look only when a batch is full or a
 * flush asks for it; in between it leaves the channel alone, so that the two threads seldom touch the same cache line.
 *
 * <p>Ownership: {@code tail} and {@code linked} are the producer's, {@code head}, {@code read}, {@code seen} and {@code consumed} the
 * consumer's. {@code
 * freed}, {@code producerWaiting} and {@code released} are shared. No wake-up is lost, since each side first writes what
 * the other waits for and then reads whether it waits, all with volatile accesses.
 */
final class Channel {
    private static final VarHandle TAIL;

    static {
        try {
            TAIL = MethodHandles.lookup().findVarHandle(Channel.class, "tail", Batch.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ChannelLimits limits;
    private final boolean bounded;
    private final TaskSignal producer;
    private final InputGate.Ready ready;
    private final int index;

    private Batch tail;
    private long linked;

    private volatile long freed;
    private volatile boolean producerWaiting;
    private volatile boolean released;

    private Batch head;
    private int read;
    private int seen;
    private long consumed;

    /**
     * @param producer where the producing task waits for space
     * @param ready where the consumer learns that there is something to read
     * @param index the channel's bit in {@code ready}
     */
    Channel(ChannelLimits limits, boolean bounded, TaskSignal producer, InputGate.Ready ready, int index) {
        this.limits = limits;
        this.bounded = bounded;
        this.producer = producer;
        this.ready = ready;
        this.index = index;
        // Nothing is allocated before the first element: a batch without slots stands in, full from the start.
        tail = new Batch(0);
        head = tail;
    }

    // ---- producer

    /** Appends a record. True when this filled the channel's last batch: the next append would block. */
    boolean append(Object value, long timestamp) {
        Batch batch = tail;
        int slot = batch.sizeOfProducer();
        if (slot == batch.capacity()) {
            batch = nextBatch();
            slot = 0;
        }
        batch.append(slot, value, timestamp);
        return slot + 1 == batch.capacity() && filled();
    }

    /** Appends a record as a row. True as above. */
    boolean append(RowFormat format, long[] row, @Nullable Object part, long timestamp) {
        Batch batch = tail;
        int slot = batch.sizeOfProducer();
        if (slot == batch.capacity()) {
            batch = nextBatch();
            slot = 0;
        }
        batch.append(slot, format, row, part, timestamp);
        return slot + 1 == batch.capacity() && filled();
    }

    boolean appendControl(Control control) {
        Batch batch = tail;
        int slot = batch.sizeOfProducer();
        if (slot == batch.capacity()) {
            batch = nextBatch();
            slot = 0;
        }
        batch.appendControl(slot, control);
        return slot + 1 == batch.capacity() && filled();
    }

    private boolean filled() {
        ready.signal(index);
        return isFull();
    }

    private Batch nextBatch() {
        Batch full = tail;
        if (isFull()) {
            producer.awaitSpace(this);
        }
        producer.throwIfCancelled();
        Batch batch = new Batch(nextCapacity(full));
        if (!released) {
            linked++;
            full.link(batch);
        }
        TAIL.setRelease(this, batch);
        return batch;
    }

    private int nextCapacity(Batch full) {
        if (full.capacity() == 0) {
            return limits.batchRecordsFirst();
        }
        // Where the consumer is through with most of a batch before it is full, a larger one gains nothing.
        return 2 * full.taken() > full.capacity()
                ? full.capacity()
                : Math.min(limits.batchRecordsMax(), 2 * full.capacity());
    }

    /** Any thread: tells the consumer to look, if something waits. */
    void flush() {
        Batch last = (Batch) TAIL.getAcquire(this);
        if (last.size() > last.taken()) {
            ready.signal(index);
        }
    }

    /** Any thread; exact on the producer's. */
    boolean isFull() {
        if (!bounded || released) {
            return false;
        }
        Batch last = (Batch) TAIL.getAcquire(this);
        return last.size() == last.capacity() && linked - freed >= limits.batchesMax();
    }

    /** Any thread. The producer's count is read without a barrier. */
    Occupancy occupancy() {
        Batch last = (Batch) TAIL.getAcquire(this);
        long open = linked - freed - (last.size() > last.taken() ? 0 : 1);
        return new Occupancy((int) Math.max(0, open), bounded ? limits.batchesMax() : 0);
    }

    /** Has the producer's {@link TaskSignal#spaceFreed()} called at the next release of space; check {@link #isFull()} after it. */
    void announceSpace() {
        producerWaiting = true;
    }

    /** Tells the consumer of a control element that has been appended, and need not wait for those before it. */
    void announce(Control appended) {
        ready.announce(index, appended);
    }

    // ---- consumer

    /** Looks at what the producer has appended meanwhile. False when there is nothing to read. */
    boolean look() {
        if (read == head.capacity()) {
            Batch next = head.next();
            if (next == null) {
                return false;
            }
            head = next;
            read = 0;
        }
        seen = head.size();
        return read < seen;
    }

    Batch head() {
        return head;
    }

    /** The elements of {@link #head()} from {@link #read()} to here may be read. */
    int seen() {
        return seen;
    }

    int read() {
        return read;
    }

    /**
     * The elements before {@code upTo} were used. True when there are more to read without being told: those seen
     * already, and those of batches behind a full one. What was appended since the last look is left until the next
     * signal, or a fast consumer would read one by one at the heels of its producer.
     */
    boolean take(int upTo) {
        Batch batch = head;
        batch.take(read, upTo);
        read = upTo;
        if (upTo < batch.capacity()) {
            return upTo < seen;
        }
        freed = ++consumed;
        tellProducer();
        return look();
    }

    /**
     * Shows what has been appended and not yet read, up to a control element, without reading it.
     *
     * @return false where the element has not been appended yet; nothing is shown then
     */
    boolean peek(Control upTo, InputGate.Elements elements) {
        if (!visit(upTo, null)) {
            return false;
        }
        return visit(upTo, elements);
    }

    private boolean visit(Control upTo, InputGate.@Nullable Elements elements) {
        int from = read;
        for (Batch batch = head; batch != null; batch = batch.next(), from = 0) {
            int size = batch.size();
            while (from < size) {
                int control = batch.nextControl(from, size);
                if (elements != null && control > from) {
                    elements.records(batch, from, control);
                }
                if (control < size) {
                    Control found = Objects.requireNonNull((Control) batch.values[control]);
                    if (found == upTo) {
                        return true;
                    }
                    if (elements != null) {
                        elements.control(found);
                    }
                    control++;
                }
                from = control;
            }
        }
        return false;
    }

    /** The consumer is gone: whatever else is sent is dropped and never blocks. */
    void release() {
        released = true;
        tellProducer();
    }

    private void tellProducer() {
        if (producerWaiting) {
            producerWaiting = false;
            producer.spaceFreed();
        }
    }
}
