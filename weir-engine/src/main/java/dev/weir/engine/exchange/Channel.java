package dev.weir.engine.exchange;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bounded first-in first-out queue of batches between one producer and one consumer.
 *
 * <p>Elements become visible to the consumer as they are appended, but it is told to look only when a batch is full or a
 * flush asks for it; in between it leaves the channel alone, so that the two threads seldom touch the same cache line.
 *
 * <p>A batch is closed when its records are as many, or by estimate as many bytes, as one may have; the next one is opened on
 * credit: the channel's own, else the floating one of its writer. A record of more than half a batch may go beyond what the
 * batch may have. That is taken from the floating credit as far as there is any, and for the rest the channel is in debt, and
 * opens no other batch before it has been consumed: so a channel admits one such record at a time.
 *
 * <p>The channel of a blocking exchange has no bound. What it has no room for in memory goes to a file: its producer fills a
 * batch that nobody else sees, and links one in its place that its consumer reads from the file. A control element ends such a
 * batch, since nobody else would pass it on.
 *
 * <p>Ownership: {@code tail}, {@code filled} and what counts as taken are the producer's, {@code head}, {@code read}, {@code seen}
 * and what counts as given back the consumer's. {@code sentBytes}, {@code batchBytes}, {@code freed}, {@code returned} and {@code
 * released} are shared.
 * No wake-up is lost, since each side first writes what the other waits for and then reads whether it waits, all with volatile
 * accesses.
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
    private final int exclusive;
    private final Credit credit;
    private final int batchBytesMax;
    private final InputGate.Ready ready;
    private final int index;
    private final @Nullable SpillFile spill;

    private Batch tail;
    private Batch linkedTail;
    private boolean aside;
    private @Nullable RecordCodec writer;
    private @Nullable RecordCodec reader;
    private int filled;
    private int room;
    private int capacity;
    private long linked;
    private long taken;
    private long closedBytes;

    private volatile long sentBytes;
    private volatile int batchBytes;
    private volatile long freed;
    private volatile long returned;
    private volatile boolean released;

    private Batch head;
    private int read;
    private int seen;
    private long consumed;
    private long consumedOwn;
    private long consumedBytes;

    /**
     * @param exclusive batches that the channel may have in flight whatever the others of its writer have
     * @param credit of its writer
     * @param batchBytes of one batch, by estimate
     * @param ready where the consumer learns that there is something to read
     * @param index the channel's bit in {@code ready}
     * @param spill where batches go that have no room in memory; null where all have
     */
    Channel(
            ChannelLimits limits,
            boolean bounded,
            int exclusive,
            Credit credit,
            int batchBytes,
            InputGate.Ready ready,
            int index,
            @Nullable SpillFile spill) {
        this.limits = limits;
        this.bounded = bounded;
        this.exclusive = exclusive;
        this.credit = credit;
        this.batchBytes = batchBytes;
        this.batchBytesMax = batchBytes;
        this.ready = ready;
        this.index = index;
        this.spill = spill;
        // Nothing is allocated before the first element: a batch without slots stands in, full from the start.
        tail = new Batch(0, true);
        head = tail;
        linkedTail = tail;
    }

    // ---- producer

    /** Before the first record, by whoever will append it: how records are written where they go to a file. */
    void store(Supplier<? extends RecordCodec> by) {
        if (spill != null) {
            writer = by.get();
            reader = by.get();
        }
    }

    /**
     * Appends a record. True when this filled the channel's last batch: the next append would block.
     *
     * @param bytes what the record takes, by estimate
     */
    boolean append(Object value, long timestamp, int bytes, int keyHash) {
        Batch batch = tail;
        int slot = batch.sizeOfProducer();
        if (slot == batch.limit()) {
            batch = nextBatch();
            slot = 0;
        }
        charge(batch, slot, bytes);
        batch.append(slot, value, timestamp, keyHash);
        return slot + 1 == batch.limit() && filled();
    }

    /** Appends a record as a row. Parameters and result as above. */
    boolean append(RowFormat format, long[] row, @Nullable Object part, long timestamp, int bytes, int keyHash) {
        Batch batch = tail;
        int slot = batch.sizeOfProducer();
        if (slot == batch.limit()) {
            batch = nextBatch();
            slot = 0;
        }
        charge(batch, slot, bytes);
        batch.append(slot, format, row, part, timestamp, keyHash);
        return slot + 1 == batch.limit() && filled();
    }

    /** Appends a control element. An urgent one needs no credit: what it is about must not wait for the consumer. */
    boolean appendControl(Control control) {
        Batch batch = tail;
        int slot = batch.sizeOfProducer();
        if (slot == batch.limit()) {
            batch = control.isUrgent() && isFull() ? link(Batch.ofOneControl()) : nextBatch();
            slot = 0;
        }
        charge(batch, slot, 0);
        sentBytes = closedBytes + filled;
        batch.appendControl(slot, control);
        if (aside) {
            close(batch, slot, filled);
            spill(batch);
            return false;
        }
        return slot + 1 == batch.limit() && filled();
    }

    /** Before the record is seen, so that the consumer never takes a batch to be open that is closed. */
    private void charge(Batch batch, int slot, int bytes) {
        int sum = filled + bytes;
        filled = sum;
        // negative: records of two gigabytes
        if (sum >= room || sum < 0 || slot + 1 == batch.limit()) {
            close(batch, slot, sum < 0 ? Integer.MAX_VALUE : sum);
        }
    }

    private void close(Batch batch, int slot, int bytes) {
        int most = room > Integer.MAX_VALUE / 2 ? Integer.MAX_VALUE : 2 * room;
        int beyond = Math.max(0, bytes - 1) / most;
        int floating = bounded ? credit.take(beyond) : 0;
        taken += beyond - floating;
        batch.close(slot + 1, bytes, beyond - floating, floating);
        if (spill != null && !aside) {
            spill.inMemory(bytes);
        }
    }

    private boolean filled() {
        ready.signal(index);
        return isFull();
    }

    private Batch nextBatch() {
        if (isFull()) {
            credit.producer().awaitSpace(this);
        }
        credit.producer().throwIfCancelled();
        boolean own = taken - returned < exclusive || !bounded || released || credit.take(1) == 0;
        capacity = nextCapacity(tail);
        taken += own ? 1 : 0;
        return link(new Batch(capacity, own));
    }

    private Batch link(Batch batch) {
        if (aside) {
            spill(tail);
        }
        closedBytes += filled < 0 ? Integer.MAX_VALUE : filled;
        sentBytes = closedBytes;
        filled = 0;
        // half of it, so that no record of up to the other half goes beyond it
        room = Math.max(1, batchBytes / 2);
        aside = spill != null && writer != null && spill.isFull();
        if (!aside) {
            follow(batch);
        }
        TAIL.setRelease(this, batch);
        return batch;
    }

    private void follow(Batch batch) {
        if (!released) {
            linked++;
            linkedTail.link(batch);
            linkedTail = batch;
        }
    }

    /** Hands over what is in a full batch that nobody else has seen. */
    private void spill(Batch full) {
        aside = false;
        if (!released && spill != null && writer != null && reader != null) {
            follow(Batch.ofStored(full, StoredRecords.of(full, spill, writer, reader)));
            ready.signal(index);
        }
    }

    private int nextCapacity(Batch full) {
        if (full.capacity() == 0) {
            return limits.batchRecordsFirst();
        }
        if (full.capacity() < capacity) {
            // that of an urgent control element says nothing of the consumer
            return capacity;
        }
        if (full.limit() < full.capacity()) {
            // closed by its bytes: slots that are not filled are of no use
            return Math.min(full.capacity(), 2 * Integer.highestOneBit(full.limit()));
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
        return last.size() == last.limit() && !mayOpen();
    }

    private boolean mayOpen() {
        long own = taken - returned;
        return linked - freed < limits.batchesMax() && (own < exclusive || (own == exclusive && credit.free() > 0));
    }

    /** Any thread: batches with elements that have not been read. */
    int unreadBatches() {
        Batch last = (Batch) TAIL.getAcquire(this);
        return Math.max(0, batchesInFlight() - (last.size() > last.taken() ? 0 : 1));
    }

    /** Has the producer's {@link TaskSignal#spaceFreed()} called when enough space was freed; check {@link #isFull()} after it. */
    void announceSpace() {
        credit.announce();
    }

    /** Tells the consumer of a control element that has been appended, and need not wait for those before it. */
    void announce(Control appended) {
        ready.announce(index, appended);
    }

    // ---- consumer

    /** Looks at what the producer has appended meanwhile. False when there is nothing to read. */
    boolean look() {
        if (read == head.limit()) {
            Batch next = head.next();
            if (next == null) {
                return false;
            }
            next.load();
            head.unlink();
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
        if (upTo < batch.limit()) {
            return upTo < seen;
        }
        consumedBytes += batch.bytes();
        if (spill != null && batch.isInMemory()) {
            spill.inMemory(-batch.bytes());
        }
        consumedOwn += batch.exclusive();
        returned = consumedOwn;
        credit.giveBack(batch.floating());
        freed = ++consumed;
        if (credit.isAwaited() && linked - consumed <= fairBatches() / 2) {
            // not at each batch: waking a thread costs as much as some hundred records
            credit.freed();
        }
        return look();
    }

    /** Any thread: what was opened, and filled but for the last batch, which counts from its next control element on. */
    Traffic sent() {
        return new Traffic(linked, sentBytes);
    }

    /** Any thread: of what {@link #sent} counts, the bytes that were read. */
    long receivedBytes() {
        return unreadBatches() == 0 ? sentBytes : consumedBytes;
    }

    /** Of the batches that were used up so far, by estimate. */
    long consumedBytes() {
        return consumedBytes;
    }

    /** Any thread: batches are of this size from the next one on, or of the first size where that is less. */
    void resize(int bytes) {
        batchBytes = Math.min(bytes, batchBytesMax);
    }

    /** Any thread: batches that the channel may have, were the floating credit divided; 0 where it has no bound. */
    int fairBatches() {
        return bounded ? exclusive + credit.fair() : 0;
    }

    /** Any thread: how many batches of the channel's own credit are taken. */
    int ownInUse() {
        return (int) Math.max(0, taken - returned);
    }

    /** Any thread: batches that were opened and not used up, the last one included. */
    int batchesInFlight() {
        return (int) Math.max(0, linked - freed);
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
            batch.load();
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
        if (spill != null && !released) {
            spill.release();
        }
        released = true;
        credit.freed();
    }
}
