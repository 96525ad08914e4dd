package dev.weir.rocksdb.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a column that are in memory, as rows of longs, numbered from 0 on: a key and what is known of its value. A
 * row keeps its number until a row is removed, whose number the last one takes.
 *
 * <p>A row's first long has the hash of its key and the next row of the same bucket, the second its place among the changes,
 * the length of the key and how it is. Then come the first bytes of the key, most significant first and zeros behind its end,
 * and the words of the value, or the length of its bytes. Keys that are longer, and values that are bytes or objects, are
 * beside. An object for each entry would take twice as much, and a reference in an old array for each change.
 */
final class Rows {

    /** What is known of a value. */
    enum Form {
        /** There is none. */
        ABSENT(0),
        /** It is bytes, of which the database may have the first ones. */
        BYTES(1),
        /** Bytes are to be appended to it. */
        APPENDED(2),
        /** It is an object. */
        OBJECT(3),
        /** It is words. */
        WORDS(4);

        private static final Form[] BY_CODE = {ABSENT, BYTES, APPENDED, OBJECT, WORDS};

        private final int code;

        Form(int code) {
            this.code = code;
        }
    }

    static final int NONE = -1;

    /** See {@link #key}. */
    static final int ROOM_BYTES = 48;

    private static final int FORM = 7;
    private static final int MISSING = 8;
    private static final int USED = 16;
    private static final int PICKED = 32;
    private static final int KEY_LENGTH_SHIFT = 8;
    private static final int KEY_LENGTH_MAX = (1 << 24) - 1;
    private static final int HEAD = 2;
    private static final int KEY_WORDS_MAX = ROOM_BYTES / Long.BYTES;
    static final int PAGE_BITS = 7;
    static final int PAGE_ROWS = 1 << PAGE_BITS;
    private static final int BUCKETS_MIN = 16;

    /** Rows that may be laid out anew, which nobody waits long for. */
    private static final int LAID_OUT_MAX = 1 << 14;

    /** What a row takes beside its words: its places in the table and among the changes, and references. */
    private static final int BESIDE_BYTES = 16;

    private static final int OBJECT_BYTES = 24;
    private static final int ARRAY_BYTES = 16;
    private static final byte[] NOTHING = {};
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final long MIX = 0x9e3779b97f4a7c15L;

    private final int valueWords;
    private int keyWords;
    private int width;
    private int count;
    private long[][] pages = new long[0][];

    // Values that are bytes or objects, and keys that are longer than their words.
    private final Beside values = new Beside();
    private final Beside longKeys = new Beside();
    private int longKeyCount;

    // Of each bucket the first row, counted from 1.
    private int[] buckets = new int[BUCKETS_MIN];

    private int[] changes = new int[BUCKETS_MIN];
    private int changeCount;

    // Of longer keys and of values that are bytes or objects.
    private long besideBytes;

    // Of what was fetched, so that reading it has a result.
    @SuppressWarnings("UnusedVariable")
    private long fetched;

    // The key that was searched for last.
    private long[] sought = new long[KEY_WORDS_MAX];
    private int soughtHash;

    /** @param valueWords how many words values are, at least one */
    Rows(int valueWords) {
        this.valueWords = Math.max(1, valueWords);
    }

    int count() {
        return count;
    }

    /** What all rows take, by estimate. */
    long bytes() {
        return (long) count * rowBytes() + besideBytes;
    }

    /** What a row takes. */
    int bytes(int row) {
        return rowBytes() + valueBytes(row) + keyBytes(row);
    }

    private int rowBytes() {
        return width * Long.BYTES + BESIDE_BYTES;
    }

    /** The row of a key, which is the beginning of an array; {@link #NONE} where there is none. */
    int find(byte[] key, int length) {
        soughtHash = seek(key, length);
        int hash = soughtHash;
        for (int row = buckets[hash & (buckets.length - 1)] - 1; row >= 0; ) {
            long[] page = pages[row >>> PAGE_BITS];
            int at = at(row);
            if ((int) (page[at] >>> Integer.SIZE) == hash && isKey(row, page, at, key, length)) {
                return row;
            }
            row = (int) page[at] - 1;
        }
        return NONE;
    }

    /** Cuts a key into words; returns its hash. */
    private int seek(byte[] key, int length) {
        int needed = (length + Long.BYTES - 1) / Long.BYTES;
        if (needed > sought.length) {
            sought = new long[needed];
        }
        for (int word = 0; word < needed; word++) {
            sought[word] = chunk(key, length, word * Long.BYTES);
        }
        return hash(sought, length);
    }

    /** The hash of a key of some bytes that was cut into words. */
    static int hash(long[] words, int length) {
        long hash = length * MIX;
        for (int word = 0; word * Long.BYTES < length; word++) {
            long product = (hash ^ words[word]) * MIX;
            hash = product ^ (product >>> 29);
        }
        // the end of a key is in the first bits of its word, which one more product brings to all above the middle
        return (int) (((hash ^ (hash >>> Integer.SIZE)) * MIX) >>> Integer.SIZE);
    }

    private boolean isKey(int row, long[] page, int at, byte[] key, int length) {
        int known = keyLength(page[at + 1]);
        if (known != Math.min(length, KEY_LENGTH_MAX)) {
            return false;
        }
        int words = Math.min(keyWords, (length + Long.BYTES - 1) / Long.BYTES);
        for (int word = 0; word < words; word++) {
            if (page[at + HEAD + word] != sought[word]) {
                return false;
            }
        }
        return length <= keyWords * Long.BYTES || Arrays.equals(longKey(row), 0, longKey(row).length, key, 0, length);
    }

    /** Adds a row for the key that {@link #find} did not find; it has no value. */
    int insert(byte[] key, int length) {
        if (count == 0) {
            layOut(Math.max(1, Math.min(KEY_WORDS_MAX, (length + Long.BYTES - 1) / Long.BYTES)));
        } else if (longKeyCount > count / 4 && keyWords < KEY_WORDS_MAX && count <= LAID_OUT_MAX) {
            layOut(keyWords + 1);
        }
        if (count == buckets.length) {
            rehash();
        }
        int row = count;
        int pageNumber = row >>> PAGE_BITS;
        if (pageNumber == pages.length) {
            pages = Arrays.copyOf(pages, Math.max(4, 2 * pageNumber));
        }
        if (pages[pageNumber] == null) {
            pages[pageNumber] = new long[PAGE_ROWS * width];
        }
        long[] page = pages[pageNumber];
        int at = at(row);
        page[at] = (long) soughtHash << Integer.SIZE;
        page[at + 1] = ((long) NONE << Integer.SIZE) | ((long) Math.min(length, KEY_LENGTH_MAX) << KEY_LENGTH_SHIFT);
        writeKey(row, key, length);
        page[at + HEAD + keyWords] = 0;
        link(row);
        count++;
        return row;
    }

    private void writeKey(int row, byte[] key, int length) {
        long[] page = pages[row >>> PAGE_BITS];
        int at = at(row) + HEAD;
        for (int word = 0; word < keyWords; word++) {
            page[at + word] = chunk(key, length, word * Long.BYTES);
        }
        if (length > keyWords * Long.BYTES) {
            longKeys.set(row, Arrays.copyOf(key, length));
            longKeyCount++;
            besideBytes += ARRAY_BYTES + length;
        }
    }

    /** Removes a row; the last one takes its number. */
    void remove(int row) {
        unchanged(row);
        absent(row);
        dropLongKey(row);
        unlink(row);
        int last = --count;
        if (last != row) {
            move(last, row);
        }
        int spare = (count >>> PAGE_BITS) + 2;
        if (spare < pages.length && pages[spare] != null) {
            dropPage(spare);
        }
    }

    @SuppressWarnings("NullAway") // behind the last row
    private void dropPage(int number) {
        pages[number] = null;
        values.drop(number);
        longKeys.drop(number);
    }

    private void move(int from, int to) {
        unlink(from);
        System.arraycopy(pages[from >>> PAGE_BITS], at(from), pages[to >>> PAGE_BITS], at(to), width);
        values.move(from, to);
        longKeys.move(from, to);
        link(to);
        int place = place(to);
        if (place >= 0) {
            changes[place] = to;
        }
    }

    /** Removes all rows. */
    void clear() {
        count = 0;
        pages = new long[0][];
        values.clear();
        longKeys.clear();
        longKeyCount = 0;
        buckets = new int[BUCKETS_MIN];
        changes = new int[BUCKETS_MIN];
        changeCount = 0;
        besideBytes = 0;
    }

    /** Has that many words of keys in the rows from now on. */
    private void layOut(int words) {
        if (words == keyWords) {
            return;
        }
        int before = keyWords;
        int widthBefore = width;
        long[][] pagesBefore = pages;
        keyWords = words;
        width = HEAD + words + valueWords;
        pages = new long[pagesBefore.length][];
        for (int row = 0; row < count; row++) {
            int number = row >>> PAGE_BITS;
            if (pages[number] == null) {
                pages[number] = new long[PAGE_ROWS * width];
            }
            long[] from = pagesBefore[number];
            int fromAt = (row & (PAGE_ROWS - 1)) * widthBefore;
            System.arraycopy(from, fromAt, pages[number], at(row), HEAD + before);
            System.arraycopy(from, fromAt + HEAD + before, pages[number], at(row) + HEAD + words, valueWords);
            if (keyLength(row) > before * Long.BYTES) {
                byte[] key = longKey(row);
                dropLongKeyOf(row, key);
                writeKey(row, key, key.length);
            }
        }
    }

    private void link(int row) {
        long[] page = pages[row >>> PAGE_BITS];
        int at = at(row);
        int bucket = (int) (page[at] >>> Integer.SIZE) & (buckets.length - 1);
        setNext(page, at, buckets[bucket]);
        buckets[bucket] = row + 1;
    }

    private void unlink(int row) {
        long[] page = pages[row >>> PAGE_BITS];
        int next = (int) page[at(row)];
        int bucket = (int) (page[at(row)] >>> Integer.SIZE) & (buckets.length - 1);
        int before = buckets[bucket] - 1;
        if (before == row) {
            buckets[bucket] = next;
            return;
        }
        while ((int) pages[before >>> PAGE_BITS][at(before)] != row + 1) {
            before = (int) pages[before >>> PAGE_BITS][at(before)] - 1;
        }
        setNext(pages[before >>> PAGE_BITS], at(before), next);
    }

    private static void setNext(long[] page, int at, int next) {
        page[at] = (page[at] >>> Integer.SIZE << Integer.SIZE) | next;
    }

    private void rehash() {
        buckets = new int[2 * buckets.length];
        for (int row = 0; row < count; row++) {
            link(row);
        }
    }

    /** Reads some rows, so that whoever goes on with one after the other need not wait for the memory of each. */
    void fetch(int[] some, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            long[] page = pages[some[i] >>> PAGE_BITS];
            int at = at(some[i]);
            sum += page[at] + page[at + width - 1];
        }
        fetched = sum;
    }

    /** Bytes of a row's key. */
    int keyLength(int row) {
        int length = keyLength(head(row));
        return length == KEY_LENGTH_MAX ? longKey(row).length : length;
    }

    private static int keyLength(long head) {
        return (int) head >>> KEY_LENGTH_SHIFT;
    }

    /**
     * A row's key, followed by anything: to be read only, until the next one is asked for.
     *
     * @param room what it may be written to, {@link #ROOM_BYTES} long
     */
    byte[] key(int row, byte[] room) {
        if (hasLongKey(row)) {
            return longKey(row);
        }
        for (int word = 0; word < keyWords; word++) {
            LONGS.set(room, word * Long.BYTES, pages[row >>> PAGE_BITS][at(row) + HEAD + word]);
        }
        return room;
    }

    /** Eight bytes of a row's key from a multiple of eight on, most significant first, zeros behind its end. */
    long chunk(int row, int from) {
        int word = from / Long.BYTES;
        if (word < keyWords) {
            return pages[row >>> PAGE_BITS][at(row) + HEAD + word];
        }
        return hasLongKey(row) ? chunk(longKey(row), longKey(row).length, from) : 0;
    }

    /** Which of two rows' keys is the greater one, bytes being unsigned. */
    int compareKeys(int row, int other) {
        for (int word = 0; word < keyWords; word++) {
            int compared = Long.compareUnsigned(chunk(row, word * Long.BYTES), chunk(other, word * Long.BYTES));
            if (compared != 0) {
                return compared;
            }
        }
        if (hasLongKey(row) && hasLongKey(other)) {
            return Arrays.compareUnsigned(longKey(row), longKey(other));
        }
        return Integer.compare(keyLength(row), keyLength(other));
    }

    private static long chunk(byte[] key, int length, int from) {
        if (from + Long.BYTES <= length) {
            return (long) LONGS.get(key, from);
        }
        long chunk = 0;
        for (int i = from; i < from + Long.BYTES; i++) {
            chunk = (chunk << Byte.SIZE) | (i < length ? key[i] & 0xff : 0);
        }
        return chunk;
    }

    private boolean hasLongKey(int row) {
        return keyLength(head(row)) > keyWords * Long.BYTES;
    }

    private byte[] longKey(int row) {
        return (byte[]) Objects.requireNonNull(longKeys.get(row));
    }

    private int keyBytes(int row) {
        return hasLongKey(row) ? ARRAY_BYTES + longKey(row).length : 0;
    }

    private void dropLongKey(int row) {
        if (hasLongKey(row)) {
            dropLongKeyOf(row, longKey(row));
        }
    }

    private void dropLongKeyOf(int row, byte[] key) {
        longKeys.remove(row);
        longKeyCount--;
        besideBytes -= ARRAY_BYTES + key.length;
    }

    Form form(int row) {
        return Form.BY_CODE[(int) head(row) & FORM];
    }

    /** The row has no value from now on. */
    void absent(int row) {
        set(row, Form.ABSENT, null, 0);
    }

    /** The row's value is these bytes, or they are to be appended to it. */
    void bytes(int row, Form form, byte[] bytes) {
        set(row, form, bytes.length == 0 ? null : bytes, bytes.length);
    }

    /**
     * The row's value is an object.
     *
     * @param storedBytes how long its bytes are, by estimate
     */
    void object(int row, Object object, int storedBytes) {
        set(row, Form.OBJECT, object, storedBytes);
    }

    /** The row's value is words, which are to be written to {@link #words} from {@link #wordsAt} on. */
    void beWords(int row) {
        if (form(row) != Form.WORDS) {
            set(row, Form.WORDS, null, 0);
        }
    }

    private void set(int row, Form form, @Nullable Object value, int length) {
        besideBytes -= valueBytes(row);
        if (value == null) {
            values.remove(row);
        } else {
            values.set(row, value);
        }
        long[] page = pages[row >>> PAGE_BITS];
        int at = at(row);
        page[at + 1] = (page[at + 1] & ~FORM) | form.code;
        page[at + HEAD + keyWords] = (long) length << Integer.SIZE;
        besideBytes += valueBytes(row);
    }

    /** Bytes and objects, which take about twice as much as their bytes, by estimate. */
    private int valueBytes(int row) {
        return switch (form(row)) {
            case BYTES, APPENDED -> value(row) instanceof byte[] held ? ARRAY_BYTES + held.length : 0;
            case OBJECT -> OBJECT_BYTES + 2 * length(row);
            case ABSENT, WORDS -> 0;
        };
    }

    long[] words(int row) {
        return pages[row >>> PAGE_BITS];
    }

    int wordsAt(int row) {
        return at(row) + HEAD + keyWords;
    }

    /** The object. */
    @Nullable
    Object value(int row) {
        return values.get(row);
    }

    /** The array with the value's bytes, of which the first {@link #length} count. */
    byte[] held(int row) {
        return value(row) instanceof byte[] held ? held : NOTHING;
    }

    /** Bytes of the value, or of what is to be appended. */
    int length(int row) {
        return (int) (pages[row >>> PAGE_BITS][wordsAt(row)] >>> Integer.SIZE);
    }

    /** The value has become these bytes, of which so many count; what the database has of them stays. */
    void lengthen(int row, byte[] bytes, int length) {
        besideBytes -= valueBytes(row);
        if (value(row) != bytes) {
            values.set(row, bytes);
        }
        pages[row >>> PAGE_BITS][wordsAt(row)] = ((long) length << Integer.SIZE) | durable(row);
        besideBytes += valueBytes(row);
    }

    /** How many of the value's bytes the database has at least: more can be appended there. */
    int durable(int row) {
        return (int) pages[row >>> PAGE_BITS][wordsAt(row)];
    }

    void setDurable(int row, int bytes) {
        pages[row >>> PAGE_BITS][wordsAt(row)] = ((long) length(row) << Integer.SIZE) | bytes;
    }

    /** Whether the database is known to have nothing at the key. */
    boolean isMissing(int row) {
        return (head(row) & MISSING) != 0;
    }

    void setMissing(int row, boolean missing) {
        flag(row, MISSING, missing);
    }

    /** Whether the row was used since the hand came by. */
    boolean isUsed(int row) {
        return (head(row) & USED) != 0;
    }

    void setUsed(int row, boolean used) {
        flag(row, USED, used);
    }

    /** Whether the row is about to be evicted. */
    boolean isPicked(int row) {
        return (head(row) & PICKED) != 0;
    }

    void pick(int row) {
        flag(row, PICKED, true);
    }

    private void flag(int row, int flag, boolean set) {
        long head = head(row);
        long next = set ? head | flag : head & ~flag;
        if (next != head) {
            pages[row >>> PAGE_BITS][at(row) + 1] = next;
        }
    }

    /** Whether the row has something that the database has not. */
    boolean isChanged(int row) {
        return place(row) >= 0;
    }

    void changed(int row) {
        if (!isChanged(row)) {
            if (changeCount == changes.length) {
                changes = Arrays.copyOf(changes, 2 * changeCount);
            }
            setPlace(row, changeCount);
            changes[changeCount++] = row;
        }
    }

    void unchanged(int row) {
        int place = place(row);
        if (place >= 0) {
            int last = changes[--changeCount];
            changes[place] = last;
            setPlace(last, place);
            setPlace(row, NONE);
        }
    }

    /** No row is changed any more. */
    void allUnchanged() {
        for (int i = 0; i < changeCount; i++) {
            setPlace(changes[i], NONE);
        }
        changeCount = 0;
    }

    /** The rows that are changed. */
    int[] changes() {
        return Arrays.copyOf(changes, changeCount);
    }

    private int place(int row) {
        return (int) (head(row) >>> Integer.SIZE);
    }

    private void setPlace(int row, int place) {
        pages[row >>> PAGE_BITS][at(row) + 1] = ((long) place << Integer.SIZE) | (head(row) & 0xffffffffL);
    }

    private long head(int row) {
        return pages[row >>> PAGE_BITS][at(row) + 1];
    }

    private int at(int row) {
        return (row & (PAGE_ROWS - 1)) * width;
    }
}
