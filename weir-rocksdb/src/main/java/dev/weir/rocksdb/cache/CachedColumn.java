package dev.weir.rocksdb.cache;

import dev.weir.engine.state.FlatValues;
import dev.weir.rocksdb.cache.Rows.Form;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A column of the database with some of its entries in memory. Keys are given as the beginning of an array, which is copied
 * where it is kept.
 */
public final class CachedColumn<V> {

    private static final byte DELIMITER = ',';

    /** Rows that are fetched together. */
    private static final int FETCHED = 16;

    private final EntryCache cache;
    private final Column column;
    private Encoding<V> encoding;
    private @Nullable FlatValues<V> words;
    private Rows rows;

    // Whether the database has nothing but what has a row: then it need not be asked for others.
    private boolean complete;

    // What the rows took when the cache was told last.
    private long countedBytes;

    // Where the hand is, and the rows that it has picked to be evicted.
    private int hand;
    private int[] picked = new int[16];
    private int pickedCount;

    private final TypicalBytes typical = new TypicalBytes();

    CachedColumn(EntryCache cache, Column column, Encoding<V> encoding) {
        this.cache = cache;
        this.column = column;
        this.encoding = encoding;
        this.words = encoding.words();
        this.rows = rowsFor(words);
        this.complete = encoding.isRead() && column.isEmpty();
    }

    private static Rows rowsFor(@Nullable FlatValues<?> words) {
        return new Rows(words == null ? 1 : words.words());
    }

    /** Entries in memory, those that are known to be absent included. */
    int size() {
        return rows.count();
    }

    /** The value at a key as bytes, null where there is none. */
    public byte @Nullable [] read(byte[] key, int length) {
        int row = load(key, length);
        byte[] stored = row == Rows.NONE || rows.form(row) == Form.ABSENT ? null : bytesOf(row);
        settle();
        return stored;
    }

    /** The value at a key, the caller's own; null where there is none. */
    public @Nullable V get(byte[] key, int length) {
        int row = load(key, length);
        V value = row == Rows.NONE ? null : valueOf(row);
        settle();
        return value;
    }

    private @Nullable V valueOf(int row) {
        return switch (rows.form(row)) {
            case ABSENT -> null;
            case WORDS -> flat().read(rows.words(row), rows.wordsAt(row));
            case OBJECT -> encoding.handedOut(object(row));
            case BYTES, APPENDED -> decoded(row);
        };
    }

    /** The value of bytes, which it takes the place of where it can. */
    private @Nullable V decoded(int row) {
        V value = encoding.read(bytesOf(row));
        FlatValues<V> flat = words;
        if (value == null || (flat == null ? !encoding.keepsObjects() : !flat.fits(value))) {
            return value;
        }
        if (flat != null) {
            setWords(row, flat, value);
            return value;
        }
        rows.object(row, value, rows.length(row));
        return encoding.handedOut(value);
    }

    private void setWords(int row, FlatValues<V> flat, V value) {
        rows.beWords(row);
        flat.write(value, rows.words(row), rows.wordsAt(row));
    }

    @SuppressWarnings("NullAway") // a row of words
    private FlatValues<V> flat() {
        return words;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // a row of this column that has an object
    private V object(int row) {
        return (V) rows.value(row);
    }

    /** Stores a value at a key. */
    public void put(byte[] key, int length, V value) {
        FlatValues<V> flat = words;
        if (flat != null ? !flat.fits(value) : !encoding.keepsObjects()) {
            write(key, length, encoding.write(value));
        } else if (flat == null) {
            V own = encoding.kept(value);
            if (typical.isDue()) {
                typical.add(encoding.write(own).length);
            }
            int row = row(key, length);
            rows.object(row, own, typical.mean());
            changed(row);
        } else {
            int row = row(key, length);
            setWords(row, flat, value);
            changed(row);
        }
    }

    /** Stores the bytes of a value, which are the cache's own from now on. */
    public void write(byte[] key, int length, byte[] value) {
        int row = row(key, length);
        rows.bytes(row, Form.BYTES, value);
        changed(row);
    }

    /** Removes the value at a key. */
    public void remove(byte[] key, int length) {
        int row = row(key, length);
        rows.absent(row);
        rows.setUsed(row, false); // there are more that come back among those that are there
        if (rows.isMissing(row)) {
            rows.unchanged(row);
            if (complete || !encoding.isRead()) {
                rows.remove(row);
            }
            settle();
        } else {
            changed(row);
        }
    }

    /** Takes note that the database is given values otherwise. */
    public void loaded() {
        complete = false;
    }

    /** Takes note that the database has nothing at a key any more. */
    public void removed(byte[] key) {
        int row = find(key, key.length);
        if (row != Rows.NONE) {
            rows.unchanged(row);
            rows.absent(row);
            rows.setMissing(row, true);
            count();
        }
    }

    /** Appends to the bytes at a key, behind a delimiter, unread. */
    public void append(byte[] key, int length, byte[] operand) {
        int row = find(key, length);
        if (row == Rows.NONE) {
            row = insert(key, length);
            rows.bytes(row, complete ? Form.BYTES : Form.APPENDED, operand);
        } else if (rows.form(row) == Form.ABSENT) {
            rows.bytes(row, Form.BYTES, operand);
        } else {
            append(row, operand);
        }
        rows.setUsed(row, true);
        changed(row);
    }

    private void append(int row, byte[] operand) {
        if (isDecoded(row)) {
            rows.bytes(row, Form.BYTES, encoded(row));
        }
        byte[] bytes = rows.held(row);
        int present = rows.length(row);
        int end = present + 1 + operand.length;
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length + bytes.length / 2));
        }
        bytes[present] = DELIMITER;
        System.arraycopy(operand, 0, bytes, present + 1, operand.length);
        rows.lengthen(row, bytes, end);
    }

    private boolean isDecoded(int row) {
        Form form = rows.form(row);
        return form == Form.OBJECT || form == Form.WORDS;
    }

    private byte[] bytesOf(int row) {
        if (isDecoded(row)) {
            return encoded(row);
        }
        byte[] held = rows.held(row);
        int length = rows.length(row);
        return held.length == length ? held : Arrays.copyOf(held, length);
    }

    private byte[] encoded(int row) {
        if (rows.form(row) == Form.WORDS) {
            return encoding.write(flat().read(rows.words(row), rows.wordsAt(row)));
        }
        V value = object(row);
        byte[] stored = encoding.write(value);
        if (stored.length != rows.length(row)) {
            rows.object(row, value, stored.length);
        }
        return stored;
    }

    /**
     * The row of a key, read where it is not in memory or has only what is to be appended; {@link Rows#NONE} where it is known
     * without one that nothing is there.
     */
    private int load(byte[] key, int length) {
        int row = find(key, length);
        if (row == Rows.NONE) {
            if (complete) {
                return Rows.NONE;
            }
            byte[] stored = column.read(Arrays.copyOf(key, length));
            row = insert(key, length);
            if (stored == null) {
                rows.setMissing(row, true);
            } else {
                rows.bytes(row, Form.BYTES, stored);
                rows.setDurable(row, stored.length);
            }
            return row;
        }
        rows.setUsed(row, true);
        if (rows.form(row) == Form.APPENDED) {
            byte[] stored = column.read(Arrays.copyOf(key, length));
            byte[] operands = bytesOf(row);
            rows.bytes(row, Form.BYTES, stored == null ? operands : stored);
            if (stored == null) {
                rows.setMissing(row, true);
            } else {
                rows.setDurable(row, stored.length);
                append(row, operands);
            }
        }
        return row;
    }

    private int row(byte[] key, int length) {
        int row = find(key, length);
        if (row == Rows.NONE) {
            return insert(key, length);
        }
        rows.setUsed(row, true);
        return row;
    }

    private int insert(byte[] key, int length) {
        try {
            int row = rows.insert(key, length);
            rows.setMissing(row, complete);
            return row;
        } catch (Error e) {
            cache.fail(e); // memory may have run out half way
            throw e;
        }
    }

    private int find(byte[] key, int length) {
        cache.check();
        return rows.find(key, length);
    }

    private void changed(int row) {
        rows.changed(row);
        settle();
    }

    /** To be called at the end of whatever adds to the rows, some of which may be gone then. */
    private void settle() {
        count();
        cache.settle();
    }

    private void count() {
        long now = rows.bytes();
        cache.resized(now - countedBytes);
        countedBytes = now;
    }

    /**
     * Goes on with the hand and picks rows that were not used since it came by last.
     *
     * @param bytes that are enough
     * @return bytes of those picked; less than enough when the hand has come to the end
     */
    long pick(long bytes) {
        long found = 0;
        for (; hand < rows.count() && found < bytes; hand++) {
            if (rows.isUsed(hand)) {
                rows.setUsed(hand, false);
            } else if (!rows.isPicked(hand)) {
                rows.pick(hand);
                if (pickedCount == picked.length) {
                    picked = Arrays.copyOf(picked, 2 * pickedCount);
                }
                picked[pickedCount++] = hand;
                found += rows.bytes(hand);
            }
        }
        if (found < bytes) {
            hand = 0;
        }
        return found;
    }

    /** Forgets the rows that were picked, having stored their changes. */
    void evict() {
        if (pickedCount > 0) {
            int[] evicted = Arrays.copyOf(picked, pickedCount);
            pickedCount = 0;
            write(Arrays.stream(evicted).filter(row -> rows.isChanged(row)).toArray());
            Arrays.sort(evicted);
            forget(evicted, evicted.length);
            count();
        }
    }

    /** Stores all changes of this column. The entries stay. */
    public void flush() {
        cache.check();
        int[] changed = rows.changes();
        write(changed);
        rows.allUnchanged();
        int done = 0;
        for (int row : changed) {
            if (stored(row)) {
                changed[done++] = row;
            }
        }
        Arrays.sort(changed, 0, done);
        forget(changed, done);
        count();
    }

    /** Stores all changes of this column, and then those that somebody else has kept back. */
    public void writeBehind(Consumer<Column.Batch> changes) {
        flush();
        store(changes);
    }

    /** Writes changed rows to the database. */
    private void write(int[] changed) {
        if (changed.length > 0) {
            store(batch -> {
                byte[] room = new byte[Rows.ROOM_BYTES];
                int[] sorted = KeyOrder.sorted(rows, changed);
                for (int i = 0; i < sorted.length; i++) {
                    if (i % FETCHED == 0) {
                        rows.fetch(sorted, i, Math.min(sorted.length, i + FETCHED));
                    }
                    write(sorted[i], rows.key(sorted[i], room), batch);
                }
            });
        }
    }

    private void store(Consumer<Column.Batch> changes) {
        try (Column.Batch batch = column.begin()) {
            changes.accept(batch);
        } catch (RuntimeException | Error e) {
            cache.fail(e);
            throw e;
        }
    }

    private void write(int row, byte[] key, Column.Batch batch) {
        int keyLength = rows.keyLength(row);
        switch (rows.form(row)) {
            case ABSENT -> batch.remove(key, keyLength);
            case APPENDED -> batch.append(key, keyLength, bytesOf(row));
            case OBJECT, WORDS -> batch.put(key, keyLength, encoded(row));
            case BYTES -> {
                int durable = rows.durable(row);
                int length = rows.length(row);
                if (durable == 0) {
                    batch.put(key, keyLength, bytesOf(row));
                } else if (length > durable) {
                    batch.append(key, keyLength, Arrays.copyOfRange(rows.held(row), durable + 1, length));
                }
            }
        }
    }

    /** Takes note that the database has what a row has; whether the row is of no use any more. */
    private boolean stored(int row) {
        Form form = rows.form(row);
        rows.setMissing(row, form == Form.ABSENT);
        if (form == Form.BYTES) {
            rows.setDurable(row, rows.length(row));
        }
        // the database has all that was known, or there is nothing to know
        return form == Form.APPENDED || !encoding.isRead() || (complete && form == Form.ABSENT);
    }

    /** Removes rows, which are in order, from the last one on: those before keep their numbers. The database has them. */
    private void forget(int[] sorted, int end) {
        for (int i = 0; i < end && complete; i++) {
            complete = rows.form(sorted[i]) == Form.ABSENT;
        }
        if (end == rows.count()) {
            rows.clear();
        } else {
            for (int i = end - 1; i >= 0; i--) {
                rows.remove(sorted[i]);
            }
        }
    }

    /** Stores all changes and forgets the entries; they are read and written otherwise from now on. */
    public void changeEncoding(Encoding<V> next) {
        flush();
        complete = false;
        encoding = next;
        words = next.words();
        rows = rowsFor(words);
        count();
    }
}
