package dev.weir.engine.exchange;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of a channel: elements in columns, appended by the producer while the consumer reads from the front.
 *
 * <p>Used once and left to the garbage collector: a fresh batch lies in the young generation, where storing a reference
 * costs next to nothing, while a recycled one would make every store an old-to-young reference.
 *
 * <p>Invariant: slots below {@code size} are written before {@code size} is (release), and read after it (acquire).
 */
final class Batch implements RecordBatch {
    private static final long[] NO_WORDS = new long[0];
    private static final VarHandle SIZE;
    private static final VarHandle TAKEN;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            SIZE = lookup.findVarHandle(Batch.class, "size", int.class);
            TAKEN = lookup.findVarHandle(Batch.class, "taken", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Both empty while the records are in a file. */
    @Nullable
    Object[] values;

    long[] timestamps;

    /** Made with the first row, by the producer; published with its slot. */
    private long[] words = NO_WORDS;

    /** As the words. */
    private int[] keyHashes = NO_HASHES;

    private @Nullable RowFormat format;

    /** One bit per slot, set where it holds a control element; null where none does. Ints, since they never tear. */
    private int @Nullable [] controls;

    /** The slots that are filled before the next batch is opened; final once that many are. */
    private int limit;

    /** What the batch is charged with, final as the limit is: bytes by estimate, and batches of either credit. */
    private int bytes;

    private int exclusive;
    private int floating;

    private int size;

    @SuppressWarnings("UnusedVariable") // read and written through its handle only
    private int taken;

    private volatile @Nullable Batch next;

    /** Consumer only: where the records are, or were before they were loaded; null where they never were in a file. */
    private @Nullable StoredRecords stored;

    /**
     * An empty batch.
     *
     * @param own whether it is opened on its channel's own credit
     */
    Batch(int capacity, boolean own) {
        values = new Object[capacity];
        timestamps = new long[capacity];
        limit = capacity;
        exclusive = own ? 1 : 0;
        floating = 1 - exclusive;
    }

    /** An empty batch for a control element, on nobody's credit. */
    static Batch ofOneControl() {
        Batch batch = new Batch(1, true);
        batch.exclusive = 0;
        return batch;
    }

    /** A batch that stands for another one, which is full and was written to a file. */
    static Batch ofStored(Batch full, StoredRecords stored) {
        Batch batch = new Batch(0, true);
        batch.limit = full.limit;
        batch.bytes = full.bytes;
        batch.exclusive = full.exclusive;
        batch.floating = full.floating;
        batch.stored = stored;
        SIZE.setRelease(batch, full.limit);
        return batch;
    }

    /** Consumer only: whether its producer handed the records over in memory. */
    boolean isInMemory() {
        return stored == null;
    }

    /** Consumer only: has the records in memory. Blocks for the disk. */
    void load() {
        StoredRecords from = stored;
        if (from == null || values.length > 0) {
            return;
        }
        timestamps = new long[limit];
        values = from.read(timestamps);
        if (from.last() != null) {
            controls = new int[(limit + 31) >>> 5];
            controls[(limit - 1) >>> 5] |= 1 << (limit - 1);
        }
    }

    @Override
    @SuppressWarnings("NullAway") // a published slot is null for a row without part only
    public Object[] values() {
        return values;
    }

    @Override
    public long[] timestamps() {
        return timestamps;
    }

    @Override
    public long[] words() {
        return words;
    }

    @Override
    public int[] keyHashes() {
        return keyHashes;
    }

    @Override
    public @Nullable RowFormat format() {
        return format;
    }

    int capacity() {
        return values.length;
    }

    /** The producer's own; for the consumer exact once it has seen as many elements. */
    int limit() {
        return limit;
    }

    /** Producer only, before the last slot is filled. */
    void close(int slots, int charged, int exclusiveMore, int floatingMore) {
        limit = slots;
        bytes = charged;
        exclusive += exclusiveMore;
        floating += floatingMore;
    }

    /** Consumer only, as are the next two: once the batch is used up. */
    int bytes() {
        return bytes;
    }

    int exclusive() {
        return exclusive;
    }

    int floating() {
        return floating;
    }

    /** Producer only. */
    int sizeOfProducer() {
        return size;
    }

    /** Any thread. */
    int size() {
        return (int) SIZE.getAcquire(this);
    }

    /** Producer only; the caller has checked that there is room. */
    void append(int slot, Object value, long timestamp, int keyHash) {
        values[slot] = value;
        timestamps[slot] = timestamp;
        hash(slot, keyHash);
        SIZE.setRelease(this, slot + 1);
    }

    /** Producer only; the caller has checked that there is room. All rows of a channel are of one format. */
    void append(int slot, RowFormat rowFormat, long[] row, @Nullable Object part, long timestamp, int keyHash) {
        long[] to = words;
        if (to.length == 0) {
            to = new long[capacity() * row.length];
            words = to;
            format = rowFormat;
        }
        int at = slot * row.length;
        for (int i = 0; i < row.length; i++) {
            to[at + i] = row[i];
        }
        if (part != null) {
            values[slot] = part;
        }
        timestamps[slot] = timestamp;
        hash(slot, keyHash);
        SIZE.setRelease(this, slot + 1);
    }

    private void hash(int slot, int keyHash) {
        int[] to = keyHashes;
        if (to.length > 0) {
            to[slot] = keyHash;
        } else if (keyHash != 0) {
            to = new int[capacity()];
            to[slot] = keyHash;
            keyHashes = to;
        }
    }

    /** Producer only; the caller has checked that there is room. */
    void appendControl(int slot, Control control) {
        int[] bits = controls;
        if (bits == null) {
            bits = new int[(capacity() + 31) >>> 5];
            controls = bits;
        }
        bits[slot >>> 5] |= 1 << slot;
        append(slot, control, EdgeWriter.NO_TIMESTAMP, 0);
    }

    /** Consumer only: the first slot in {@code [from, to)} that holds a control element, or {@code to}. */
    int nextControl(int from, int to) {
        int[] bits = controls;
        if (bits == null) {
            return to;
        }
        int word = from >>> 5;
        int pending = bits[word] & (-1 << from);
        while (pending == 0) {
            word++;
            if (word << 5 >= to) {
                return to;
            }
            pending = bits[word];
        }
        return Math.min(to, (word << 5) + Integer.numberOfTrailingZeros(pending));
    }

    /** Consumer only: forgets the slots so far, so that a large record does not live as long as its batch. */
    void take(int from, int to) {
        Arrays.fill(values, from, to, null);
        TAKEN.setOpaque(this, to);
    }

    /** Any thread, a hint: how many slots the consumer is done with. */
    int taken() {
        return (int) TAKEN.getOpaque(this);
    }

    /** Producer only. */
    void link(Batch successor) {
        next = successor;
    }

    @Nullable
    Batch next() {
        return next;
    }

    /** Consumer only, once it stands on the next: one that has grown old would keep all that follow from being collected. */
    void unlink() {
        next = null;
    }
}
